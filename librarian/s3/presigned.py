"""How are objects of S3 read and written with little work? Presigned, over kept connections.

botocore's own way costs a processor three times as much, for it takes each call through rules that
say the same for every object of a bucket. It says them once here, and signs; http.client carries.
"""

import select
import ssl
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

SECONDS = 300
"""Seconds for which a presigned address is good, so that clocks may differ."""


class Unreached(OSError):
    """The store could not be connected to, so that it was not asked for anything."""


class Presigned:
    """The objects of one bucket, for as many threads as there are asking for them at one time."""

    def __init__(
        self, client: Any, credentials: Any, bucket: str, *, connecting: float, reading: float
    ) -> None:
        asked = {"Bucket": bucket, "Key": "-"}
        url = urlsplit(client.generate_presigned_url("get_object", Params=asked))
        self._host, self._path = f"{url.scheme}://{url.netloc}", url.path.removesuffix("-")
        self._region = parse_qs(url.query)["X-Amz-Credential"][0].split("/")[-3]
        self._credentials = credentials
        self._connecting, self._reading = connecting, reading
        self._context = _context() if url.scheme == "https" else None
        self._kept: list[HTTPConnection] = []

    def get(self, name: str) -> tuple[int, bytes]:
        """Give the status and what came. Raises OSError, http.client.HTTPException.

        A connection that was kept may be one that the store let go of meanwhile: then another one
        is taken, a new one at last.
        """
        target = self._signed("GET", name, {})
        while True:
            try:
                line, new = self._kept.pop(), False
            except IndexError:
                line, new = self._connected(self._connecting), True
            line.sock.settimeout(self._reading)
            try:
                line.request("GET", target)
                return self._answer(line)
            except (ConnectionError, ssl.SSLEOFError):
                line.close()
                if new:
                    raise
            except BaseException:
                line.close()
                raise

    def put(
        self, name: str, content: bytes, headers: Mapping[str, str], seconds: float
    ) -> tuple[int, bytes]:
        """Send an object; give the status and what came. Raises OSError, HTTPException.

        It may take so many seconds to connect and as many to answer. Unreached says that nothing
        was sent; after any other fault the store may have it.
        """
        target = self._signed("PUT", name, headers)
        line = self._alive() or self._connected(min(self._connecting, seconds))
        line.sock.settimeout(min(self._reading, seconds))
        try:
            # what is refused unread may be answered before all of it is sent
            with suppress(BrokenPipeError, ConnectionResetError):
                line.request("PUT", target, content, dict(headers))
            return self._answer(line)
        except BaseException:
            line.close()
            raise

    def close(self) -> None:
        """Let go of the connections that nobody is using."""
        while self._kept:
            self._kept.pop().close()

    def _alive(self) -> HTTPConnection | None:
        """Give a connection that the store has not let go of, as far as that can be seen."""
        while self._kept:
            with suppress(IndexError):  # another thread has taken it
                line = self._kept.pop()
                seen = select.poll()
                seen.register(line.sock, select.POLLIN)
                if not seen.poll(0):
                    return line
                line.close()
        return None

    def _answer(self, line: HTTPConnection) -> tuple[int, bytes]:
        with line.getresponse() as answer:
            content = answer.read()
        if line.sock is not None:  # the store may say that it ends the connection
            self._kept.append(line)
        return answer.status, content

    def _connected(self, seconds: float) -> HTTPConnection:
        host = self._host.partition("://")[2]
        if self._context is None:
            line = HTTPConnection(host, timeout=seconds)
        else:
            line = HTTPSConnection(host, timeout=seconds, context=self._context)
        try:
            line.connect()
        except OSError as error:
            line.close()
            raise Unreached(*error.args) from error
        return line

    def _signed(self, method: str, name: str, headers: Mapping[str, str]) -> str:
        """Give what is asked of the host: the path, signed in the query (Signature Version 4)."""
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest

        url = f"{self._host}{self._path}{quote(name, safe='/~')}"
        request = AWSRequest(method, url, dict(headers))
        keys = self._credentials.get_frozen_credentials()
        S3SigV4QueryAuth(keys, "s3", self._region, expires=SECONDS).add_auth(request)
        signed: str = request.url
        return signed.removeprefix(self._host)


def goes_through_a_proxy(url: str) -> bool:
    """Say whether the environment has a proxy for an address; only botocore goes through one."""
    from botocore.utils import get_environ_proxies

    return urlsplit(url).scheme in get_environ_proxies(url)


def _context() -> ssl.SSLContext:
    """Trust whom botocore trusts."""
    from botocore.httpsession import get_cert_path
    from botocore.session import get_session

    bundle = get_session().get_config_variable("ca_bundle") or True
    return ssl.create_default_context(cafile=get_cert_path(bundle))
