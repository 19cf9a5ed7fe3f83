"""How is a stored record told to another service? Posted there as JSON, signed, again and again.

Headers and signature are those of the Standard Webhooks specification (standardwebhooks.com), so
that its libraries can check them; `webhook-id` is the uid, by which a receiver tells that it has
the record already. What waits lies in the outbox, see librarian/outbox.
"""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import KW_ONLY
from functools import cached_property
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from librarian import deadline, strictjson
from librarian.component import Actor, component
from librarian.record import PROVENANCE, Document, Stored
from librarian.stage import Refused, StoreError
from librarian.units import Seconds

EVENT = "contribution.stored"
PREFIX = "whsec_"
PLAIN = re.compile(r"[\x21-\x7e]+")
LATER = frozenset({408, 425, 429})
"""Statuses below 500 that mean: again later (RFC 9110, RFC 8470, RFC 6585)."""


def _is_address(url: SecretStr) -> SecretStr:
    """Let an absolute address of http or https through. Raises ValueError, quoting nothing."""
    text = url.get_secret_value()
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or not PLAIN.fullmatch(text):
        raise ValueError("must be an address like https://example.org/contributions")
    if parts.username is not None or parts.fragment:
        raise ValueError("must be without credentials and without a fragment (#)")
    return url


def _is_key(secret: SecretStr) -> SecretStr:
    """Let a signing secret through: `whsec_` and 24 to 64 bytes in base64. Raises ValueError."""
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(
            "must be whsec_ and 24 to 64 bytes in base64; make one by"
            ' echo "whsec_$(openssl rand -base64 32)"'
        )
    return secret


@component
class Webhook(Actor[Document]):
    """Post each stored label record as JSON to an address of yours, signed.

    It is told after everything is stored, at least once: it waits on this machine's disk, in the
    folder `outbox` of LIBRARIAN_DATA_DIR, until the receiver answers 2xx, and no answer of this
    service depends on that. A receiver tells by the header `webhook-id`, the uid, what it has
    already. The body is `{"type": "contribution.stored", "timestamp": …, "data": <label record>}`.
    Redirects are not followed, and proxies of the environment are not used.
    """

    name = "webhook"
    example = {
        "args": ["https://example.org/contributions", "whsec_ZXhhbXBsZS1tYWtlLXlvdXItb3duLW9uZQ=="]
    }
    local = True
    labels_only = True

    url: Annotated[
        SecretStr,
        AfterValidator(_is_address),
        Field(description="address to post to; https, or http on this machine"),
    ]
    secret: Annotated[
        SecretStr,
        AfterValidator(_is_key),
        Field(description="key of the signature: whsec_ and 24 to 64 bytes in base64"),
    ]
    _: KW_ONLY
    timeout: Annotated[
        float, Field(gt=0, le=60, description="seconds that one delivery may take")
    ] = 4
    max_age: Annotated[
        Seconds, Field(gt=0, description="how long a delivery is tried before it is dead, like 7d")
    ] = 7 * 86400
    insecure: Annotated[
        bool, Field(description="whether records may go over plain http to other machines")
    ] = False

    @model_validator(mode="after")
    def _goes_secretly(self) -> "Webhook":
        if not self.insecure and self._parts.scheme != "https" and not self._loopback:
            raise ValueError("url must be https, or say insecure: the records would go in plain")
        return self

    @cached_property
    def outlet(self) -> str:
        """What tells this receiver from others, eight hexadecimal digits."""
        return hashlib.sha256(self.url.get_secret_value().encode()).hexdigest()[:8]

    def act(self, key: str, part: Document) -> Stored:
        """Post the record once. Raises Refused where the receiver does not take it, StoreError."""
        ours = part.value.get(PROVENANCE, {})
        told = {"type": EVENT, "timestamp": ours.get("received_at"), "data": part.value}
        body, at = strictjson.dumps(told), int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "DataLibrarian",
            "webhook-id": key,
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1,{self._signature(key, at, body)}",
        }
        path = self._parts._replace(scheme="", netloc="").geturl() or "/"
        with _told(), self._connected() as connection:
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        if 200 <= status < 300:
            return Stored(self.name, key)
        message = f"webhook: the receiver answers {status}"
        raise (Refused if 400 <= status < 500 and status not in LATER else StoreError)(message)

    def ping(self) -> None:
        """Ask whether the receiver takes a connection; nothing is sent. Raises StoreError."""
        with _told(), self._connected() as connection:
            connection.connect()

    def _signature(self, key: str, at: int, body: bytes) -> str:
        secret = self.secret.get_secret_value().removeprefix(PREFIX)
        signed = f"{key}.{at}.".encode() + body
        made = hmac.digest(base64.b64decode(secret), signed, "sha256")
        return base64.b64encode(made).decode()

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url.get_secret_value())

    @property
    def _loopback(self) -> bool:
        host = self._parts.hostname or ""
        with suppress(ValueError):
            return ipaddress.ip_address(host).is_loopback
        return host == "localhost"

    @contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        """Lend a connection that is cut when the time is up, however slowly the answer drips."""
        host, port = self._parts.hostname or "", self._parts.port
        seconds = deadline.left(self.timeout)
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=seconds, context=context
            )
        else:
            made = http.client.HTTPConnection(host, port, timeout=seconds)

        late = threading.Event()

        def cut() -> None:
            late.set()
            if made.sock is not None:
                with suppress(OSError):
                    made.sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        with closing(made):
            timer.start()
            try:
                yield made
            finally:
                timer.cancel()
        if late.is_set():  # what http.client makes of half an answer is none
            raise TimeoutError


@contextmanager
def _told() -> Iterator[None]:
    """Tell what keeps a receiver from answering, in our own words."""
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        message = f"webhook: the receiver does not answer ({type(error).__name__})"
        raise StoreError(message, unsure=True) from error
