"""How does a plain request get its answer? As gunicorn gives it, with less asked each time.

gunicorn puts together for each request what is the same for all of a connection, and looks at each
header of an answer by itself.
"""

import os
import re
import time
from collections.abc import Iterable
from contextlib import closing, nullcontext
from functools import lru_cache
from typing import Any

from gunicorn import util
from gunicorn.http import wsgi

from librarian.head import Plain

HEADERS = re.compile(r"(?:[A-Za-z0-9-]+: [!-~](?:[ -~]*[!-~])?\r\n)*")
"""Headers of an answer that need no second look, each with its end."""
OWN = frozenset(util.hop_headers)
"""Headers that are the server's to say."""
Pairs = list[tuple[str, str]]


class Answer(wsgi.Response):  # type: ignore[misc]
    """gunicorn's answer, which looks at all headers at once."""

    def process_headers(self, headers: Pairs) -> None:
        """Take the headers. Raises gunicorn's errors where one cannot be sent."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
        told = {name.lower(): value for name, value in headers}
        plain = HEADERS.fullmatch(lines) and lines.count("\n") == len(headers)
        if not plain or not OWN.isdisjoint(told):
            super().process_headers(headers)
            return
        self.headers.extend(headers)
        if (length := told.get("content-length")) is not None:
            self.response_length = int(length)

    def default_headers(self) -> list[str]:
        """Give the first lines of the head."""
        if self.upgrade or self.chunked:
            return super().default_headers()  # type: ignore[no-any-return]
        connection = "close" if self.should_close() else "keep-alive"
        return [
            f"HTTP/1.1 {self.status}\r\nServer: {self.version}\r\n",
            f"Date: {date(int(time.time()))}\r\nConnection: {connection}\r\n",
        ]


@lru_cache(2)
def date(second: int) -> str:
    """Write a Unix time as HTTP does (RFC 9110, section 5.6.7); it is the same for a second."""
    written: str = util.http_date(second)
    return written


def standing(cfg: Any, client: Any, server: Any) -> dict[str, Any] | None:
    """Give what the environments (PEP 3333) of all plain requests of a connection share.

    None where gunicorn is to make each of them.
    """
    if os.environ.get("SCRIPT_NAME"):
        return None
    if not isinstance(client, tuple) or not isinstance(server, tuple):
        return None
    return {
        **wsgi.base_environ(cfg),
        "wsgi.multithread": True,
        "wsgi.url_scheme": "http",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "SCRIPT_NAME": "",
    }


def environ(request: Plain, sock: Any, shared: dict[str, Any]) -> dict[str, Any]:
    """Make the environment of a request (PEP 3333)."""
    path = request.path
    made = {
        **shared,
        "wsgi.input": request.body,
        "gunicorn.socket": sock,
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query,
        "RAW_URI": request.uri,
        "PATH_INFO": util.unquote_to_wsgi_str(path) if "%" in path else path,
    }
    for name, value in request.headers:
        made[f"HTTP_{name.replace('-', '_')}"] = value
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if (value := made.pop(f"HTTP_{name}", None)) is not None:
            made[name] = value
    return made


def send(response: Answer, pieces: Iterable[bytes]) -> None:
    """Send what an application gave as its answer. Raises OSError."""
    closes = hasattr(pieces, "close")
    with closing(pieces) if closes else nullcontext():  # type: ignore[type-var]
        if isinstance(pieces, wsgi.FileWrapper):
            response.write_file(pieces)
        else:
            for piece in pieces:
                response.write(piece)
        response.close()
