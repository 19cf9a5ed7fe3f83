"""How are many objects of S3 read with little work? By presigned addresses, over kept connections.

botocore's own way costs a processor three times as much, for it takes each call through rules that
say the same for every object of a bucket. It says them once here, and signs; http.client carries.
"""

import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

SECONDS = 300
"""Seconds for which a presigned address is good, so that clocks may differ."""


class Presigned:
    """The objects of one bucket, as many threads as there are reading them at one time."""

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
        target = self._signed(name)
        while True:
            try:
                line, new = self._kept.pop(), False
            except IndexError:
                line, new = self._connected(), True
            try:
                return self._answer(line, target)
            except (ConnectionError, ssl.SSLEOFError):
                if new:
                    raise

    def close(self) -> None:
        """Let go of the connections that nobody is using."""
        while self._kept:
            self._kept.pop().close()

    def _answer(self, line: HTTPConnection, target: str) -> tuple[int, bytes]:
        try:
            line.request("GET", target)
            with line.getresponse() as answer:
                content = answer.read()
        except BaseException:
            line.close()
            raise
        if line.sock is not None:  # the store may say that it ends the connection
            self._kept.append(line)
        return answer.status, content

    def _connected(self) -> HTTPConnection:
        host = self._host.partition("://")[2]
        if self._context is None:
            line = HTTPConnection(host, timeout=self._connecting)
        else:
            line = HTTPSConnection(host, timeout=self._connecting, context=self._context)
        line.connect()
        line.sock.settimeout(self._reading)
        return line

    def _signed(self, name: str) -> str:
        """Give what is asked of the host: the path, signed in the query (Signature Version 4)."""
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest("GET", f"{self._host}{self._path}{quote(name, safe='/~')}")
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
