"""Is an answer sent as gunicorn sends it, whatever an application says?"""

import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from hypothesis import example, given
from hypothesis import strategies as st

from librarian import exchange
from librarian.exchange import Answer
from librarian.head import Parser

CLIENT, SERVER = ("192.0.2.7", 50123), ("127.0.0.1", 8000)
NAMES = (
    "Content-Type",
    "Content-Length",
    "content-length",
    "Connection",
    "Date",
    "Upgrade",
    "Te",
    "X Y",
    "",
)
text = st.text(st.characters(max_codepoint=256), max_size=6)
pairs = st.tuples(
    st.one_of(st.sampled_from(NAMES), text),
    st.one_of(st.sampled_from(("3", "0", "close", "a", "a b", " a ", "a\r\nB: c", "")), text),
)
statuses = st.sampled_from(("200 OK", "201 CREATED", "204 NO CONTENT", "304 NOT MODIFIED", "404"))
methods = st.sampled_from(("GET", "POST", "HEAD"))


class Sink(io.BytesIO):
    """Takes what is sent."""

    def sendall(self, data: bytes) -> None:
        """Take a piece."""
        self.write(data)


def answered(
    kind: type[wsgi.Response], method: str, status: str, headers: Any, pieces: list[bytes]
) -> bytes | type[Exception]:
    """Give what goes over the line, or the fault that was found."""
    head = f"{method} / HTTP/1.1\r\nHost: here\r\n\r\n".encode()
    request, sink = next(Parser(Config(), iter([head]), CLIENT)), Sink()
    response = kind(request, sink, Config())
    try:
        response.start_response(status, headers)
        exchange.send(response, iter(pieces))
    except Exception as error:
        return type(error)
    return re.sub(rb"Date: [^\r]*", b"", sink.getvalue())


@given(methods, statuses, st.lists(pairs, max_size=4), st.lists(st.binary(max_size=4), max_size=3))
@example("POST", "201 CREATED", [("Content-Length", "3"), ("A", "b")], [b"abc"])
@example("POST", "201 CREATED", [("A", "b\r\nC: d")], [b"abc"])
@example("POST", "201 CREATED", [("A", "b\r\nC: d"), ("E", "")], [b"abc"])
def test_an_answer_is_sent_as_by_gunicorn(
    method: str, status: str, headers: list[tuple[str, str]], pieces: list[bytes]
) -> None:
    ours = answered(Answer, method, status, headers, pieces)
    assert ours == answered(wsgi.Response, method, status, headers, pieces)


def test_the_date_is_written_as_http_has_it_and_anew_each_second() -> None:
    assert exchange.date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT"  # RFC 9110, section 5.6.7
    assert exchange.date(784111778) == "Sun, 06 Nov 1994 08:49:38 GMT"


def test_what_an_application_gave_is_closed_also_where_sending_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")

    class Broken(Sink):
        def sendall(self, data: bytes) -> None:
            raise OSError

    request = next(Parser(Config(), iter([b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"]), CLIENT))
    response = Answer(request, Broken(), Config())
    response.start_response("200 OK", [("Content-Length", "3")])
    with (tmp_path / "file").open("rb") as file:
        with pytest.raises(OSError):  # noqa: PT011 - it has no text
            exchange.send(response, wsgi.FileWrapper(file))
        assert file.closed


@pytest.mark.parametrize(
    ("client", "server"), [("", SERVER), (CLIENT, "/run/socket"), (b"", "/run/socket")]
)
def test_connections_that_are_no_tcp_are_gunicorns(client: Any, server: Any) -> None:
    assert exchange.standing(Config(), client, server) is None


def test_a_service_below_a_path_is_gunicorns(monkeypatch: pytest.MonkeyPatch) -> None:
    assert exchange.standing(Config(), CLIENT, SERVER) is not None
    monkeypatch.setitem(os.environ, "SCRIPT_NAME", "/below")
    assert exchange.standing(Config(), CLIENT, SERVER) is None
