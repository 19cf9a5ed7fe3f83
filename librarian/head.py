"""How is the head of a plain request read? At once, by two patterns; any other as gunicorn does.

Plain is what browsers, scripts and nginx send: a known method, an address that begins with one
slash, fields of printable ASCII that stand there once each, and a length in digits. Whatever asks
for more of HTTP/1.1 (RFC 9112), and all that is to be refused, is read by gunicorn's own parser.
"""

import re
from typing import Any

from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

from librarian.straight import Straight

LINE = re.compile(
    r"(GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS) "
    r"((/(?!/)[!\"$->@-~]*)(?:\?([!\"$-~]*))?) HTTP/1\.1"
)
"""Method, target, and of that path and query."""
FIELDS = re.compile(r"(?:\r\n[A-Za-z0-9-]+:[ \t]*[!-~][\t -~]*)+")
FIELD = re.compile(r"\r\n([A-Za-z0-9-]+):[ \t]*([!-~](?:[\t -~]*[!-~])?)")
LENGTH = re.compile(r"[0-9]{1,18}")
LONGEST, MOST = 4000, 50
"""Bytes of a head and number of its fields; no limit of gunicorn's here is less."""
SPECIAL = frozenset({"TRANSFER-ENCODING", "EXPECT", "UPGRADE", "TRAILER", "TE"})
"""Fields that change how a message is read."""


class Plain:
    """A request whose head was read at once; it stands in for gunicorn's own."""

    version = (1, 1)

    def __init__(
        self, line: re.Match[str], headers: list[tuple[str, str]], body: Straight, *, closes: bool
    ) -> None:
        self.method, self.uri, self.path, query = line.groups()
        self.query = query or ""
        self.headers, self.body, self._closes = headers, body, closes

    def force_close(self) -> None:
        """Have the connection end after the answer."""
        self._closes = True

    def should_close(self) -> bool:
        """Say whether the connection ends after the answer."""
        return self._closes


class Parser(RequestParser):  # type: ignore[misc]
    """gunicorn's parser of one TCP connection, with a short way for plain requests."""

    def mesg_class(self, cfg: Any, unreader: Any, source_addr: Any, count: int) -> Any:
        """Read the next request's head. Raises StopIteration where none comes, and gunicorn's."""
        data = unreader.read()
        if not data:
            raise StopIteration
        plain = self._read(data)
        if plain is None:
            unreader.unread(data)
            return Request(cfg, unreader, source_addr, count)
        return plain

    def _read(self, data: bytes) -> Plain | None:
        """Read a head that has come whole, None where it is not plain."""
        end = data.find(b"\r\n\r\n", 0, LONGEST)
        first = data.find(b"\r\n")
        if not 0 < first < end:
            return None
        line = LINE.fullmatch(str(data[:first], "latin-1"))
        fields = str(data[first:end], "latin-1")
        if line is None or not FIELDS.fullmatch(fields):
            return None
        headers = [(name.upper(), value) for name, value in FIELD.findall(fields)]
        told = dict(headers)
        length, connection = told.get("CONTENT-LENGTH", "0"), told.get("CONNECTION", "keep-alive")
        if (
            len(told) != len(headers)
            or len(headers) > MOST
            or "HOST" not in told
            or not SPECIAL.isdisjoint(told)
            or not LENGTH.fullmatch(length)
            or (closes := connection.lower()) not in ("keep-alive", "close")
        ):
            return None
        if len(data) > end + 4:
            self.unreader.unread(data[end + 4 :])
        return Plain(line, headers, Straight(self.unreader, int(length)), closes=closes == "close")
