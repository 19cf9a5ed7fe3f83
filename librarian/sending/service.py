"""How is one service spoken to? A request at a time, each told honestly; nothing is tried twice."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import urllib3

from librarian import __version__
from librarian.sending.answer import Answer, told, wait
from librarian.sending.body import write
from librarian.sending.contribution import Contribution
from librarian.sending.labelling import Unusable

ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", re.IGNORECASE)
CONNECTED, ANSWERED = 20.0, 60.0
"""Seconds for a connection or a piece to get through, and for an answer to come."""


class Unreached(Exception):
    """No answer of the service came; the text says why."""


class Stopped(Exception):
    """The sender was stopped."""


@dataclass(frozen=True)
class Service:
    """One service: its address, and what is sent along with every request."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def types(self) -> Mapping[str, Sequence[str]]:
        """The types of each input, by its tag, in order. Raises Unreached, Unusable."""
        answer = self._ask("GET", "/contract", {}, None)
        inputs = answer.told.get("inputs")
        if answer.status == 200 and isinstance(inputs, list) and inputs:
            return {each["tag"]: each["types"] for each in inputs}
        if answer.status >= 400 and not answer.settled:
            raise Unreached(answer.detail.rstrip("."))
        raise Unusable(f"{self.url} is not the address of a service that takes contributions.")

    def give(self, contribution: Contribution, count: Callable[[int], None]) -> Answer:
        """Send one contribution once. Raises Unreached, Stopped, Changed, OSError."""
        key = contribution.key(self.url)
        body = write(contribution, self.types, count)
        headers = {
            "Content-Type": body.media_type,
            "Content-Length": str(body.length),
            "Idempotency-Key": key,
        }
        path = f"/upload?{body.query}" if body.query else "/upload"
        return self._ask("POST", path, headers, self._until_stopped(body.pieces()))

    def _until_stopped(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self.stop.is_set():
                raise Stopped
            yield piece

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        timeout = urllib3.Timeout(connect=CONNECTED, read=ANSWERED)
        return urllib3.PoolManager(maxsize=64, timeout=timeout, retries=False)

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: Iterator[bytes] | None
    ) -> Answer:
        sent = {"User-Agent": f"librarian/{__version__}", **self.headers, **headers}
        try:
            answer = self._pool.request(
                method, self.url + path, headers=sent, body=body, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreached(_said(error)) from error
        return Answer(answer.status, told(answer.data), wait(answer.headers.get("Retry-After")))


def at(said: str, *, token: str = "", contributor: str = "", consent: str = "") -> Service:
    """Name a service by its address as people write it, and who sends. Raises Unusable."""
    url = said.rstrip("/").removesuffix("/upload").rstrip("/")
    if not ADDRESS.fullmatch(url):
        raise Unusable(f"{said[:80]} is not an address like http://127.0.0.1:8000.")
    if token.startswith("@"):
        try:
            token = Path(token[1:]).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise Unusable(f"The file {token[1:]} of --token cannot be read.") from None
    sent = {
        "Authorization": token and f"Bearer {token}",
        "Librarian-Contributor": contributor,
        "Librarian-Consent": consent,
    }
    for name, value in sent.items():
        if not (value.isascii() and value.isprintable()):
            raise Unusable(f"{name} takes printable ASCII characters only.")
    return Service(url, {name: value for name, value in sent.items() if value})


def _said(error: urllib3.exceptions.HTTPError) -> str:
    """Say in a few words why no answer came."""
    for each in (error, error.__cause__, error.__context__, *error.args):
        if isinstance(each, OSError) and each.strerror:
            return each.strerror.lower()
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer came in time"
    return "the connection broke off"
