"""Is a head that is read at once read as gunicorn reads it, and every other by gunicorn itself?"""

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from hypothesis import example, given
from hypothesis import strategies as st

from librarian import exchange
from librarian.head import LONGEST, MOST, Parser, Plain
from librarian.straight import straightened

CLIENT, SERVER = ("192.0.2.7", 50123), ("127.0.0.1", 8000)
NEXT = b"GET /next HTTP/1.1\r\nHost: here\r\n\r\n"
METHODS = ("get", "CONNECT", "BREW", "P(T", "")
NAMES = (
    "Host",
    "Content-Length",
    "Expect",
    "Transfer-Encoding",
    "Trailer",
    "Upgrade",
    "Under_Score",
    "Sp ace",
    "",
)
PLAIN_NAMES = (
    "Content-Type",
    "Connection",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "Idempotency-Key",
    "accept",
)
VALUES = ("3", "03", "-1", "chunked", "identity", "close", "Keep-Alive", "upgrade", "100-continue")
TARGETS = ("//evil/x", "*", "http://host/x", "host:80", "/x#y", "")
PLAIN_TARGETS = ("/upload", "/upload?top=0.5&l=%F0%9F", "/a%20b;c?", "/a//b?x=//y?z", "/[a]?b=[c]")
LINES = ("", "", "Content-Length: 3\r\n", "Content-Length: 03\r\n", "Connection: close\r\n")
printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8)
odd = st.text(st.characters(max_codepoint=255), max_size=6)
spaces = st.sampled_from((" ", "", "\t ", "  "))


def mostly(plain: st.SearchStrategy[str], *others: st.SearchStrategy[str]) -> Any:
    """Draw what is plain, and now and then something else."""
    return st.integers(0, 19).flatmap(lambda n: st.one_of(others) if n == 0 else plain)


methods = mostly(st.sampled_from(("GET", "POST", "PUT", "HEAD")), st.sampled_from(METHODS), odd)
targets = mostly(
    st.one_of(st.sampled_from(PLAIN_TARGETS), printable.map("/a{}".format)),
    st.sampled_from(TARGETS),
    odd,
)
versions = mostly(st.just("HTTP/1.1"), st.sampled_from(("HTTP/1.0", "HTTP/2.0", "http/1.1")))
names = mostly(st.sampled_from(PLAIN_NAMES), st.sampled_from(NAMES), printable, odd)
values = mostly(printable.filter(bool), st.sampled_from(VALUES), odd)
ends = mostly(st.just("\r\n"), st.sampled_from(("\n", "\r")))
firsts = mostly(st.just(""), st.sampled_from(("\r\n", "\n", "a")))


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """Draw a request with what follows it; some are plain, and some are no HTTP at all."""
    end = draw(ends)
    lines = [f"{draw(firsts)}{draw(methods)} {draw(targets)} {draw(versions)}"]
    lines += ["Host: here"] if draw(st.integers(0, 19)) else []
    fields = st.tuples(names, spaces, values, spaces)
    for name, space, value, after in draw(st.lists(fields, max_size=4)):
        lines.append(f"{name}:{space}{value}{after}")
    last = draw(st.sampled_from(LINES))
    head: bytes = (end.join(lines) + end + last + end).encode("latin-1")
    return head + b"abc" + NEXT


def config() -> Config:
    """Make gunicorn's settings, as this service has them."""
    made = Config()
    for name, value in {"forwarded_allow_ips": "", "limit_request_line": 8190}.items():
        made.set(name, value)
    return made


def heard(kind: type[RequestParser], sent: bytes, cfg: Config) -> Any:
    """Give what a parser makes of a request, or the fault that it finds."""
    try:
        return next(kind(cfg, iter([sent]), CLIENT))
    except Exception as error:
        return type(error)


def told(request: Any) -> dict[str, Any]:
    """Give all that a service learns of a request, and what is left for the next."""
    body = straightened(request.body)
    whole = b""
    while piece := body.read(2):
        whole += piece
    unreader = request.unreader if isinstance(request, Request) else body._unreader
    members = ("method", "uri", "path", "query", "headers", "version")
    return {
        **{name: getattr(request, name) for name in members},
        "closes": request.should_close(),
        "body": whole,
        "rest": unreader.take_buffered(),
    }


@given(heads())
@example(b"POST /upload HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\nabc" + NEXT)
@example(b"POST /upload HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\nA: b\nC: d\r\n\r\nabc")
@example(b"POST /upload HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\nA: b\r\n c: d\r\n\r\nabc")
def test_a_request_is_heard_as_by_gunicorn(sent: bytes) -> None:
    cfg = config()
    ours, gunicorns = heard(Parser, sent, cfg), heard(RequestParser, sent, cfg)
    if isinstance(ours, type) or isinstance(gunicorns, type):
        assert ours is gunicorns
        return
    if isinstance(ours, Plain):
        ours_environ = exchange.environ(ours, None, exchange.standing(cfg, CLIENT, SERVER) or {})
        _, environ = wsgi.create(gunicorns, None, CLIENT, SERVER, cfg)
        apart = ("wsgi.input", "wsgi.errors", "wsgi.multithread", "wsgi.early_hints")
        for name in apart:  # objects of their own, and what gunicorn's threads set afterwards
            environ.pop(name, None)
            ours_environ.pop(name, None)
        assert ours_environ == environ
    assert told(ours) == told(gunicorns)


PLAIN = b"POST /upload?a=b HTTP/1.1\r\nHost: here\r\nX-Forwarded-Proto: https\r\n"


def is_plain(sent: bytes) -> bool:
    """Say whether a request is read at once."""
    return isinstance(heard(Parser, sent, config()), Plain)


@pytest.mark.parametrize(
    "more",
    [b"", b"Content-Length: 0\r\n", b"Connection: close\r\n", b"Accept: */*\r\nA: b\r\n"],
)
def test_what_browsers_send_is_plain(more: bytes) -> None:
    assert is_plain(PLAIN + more + b"\r\n")


@pytest.mark.parametrize(
    "more",
    [
        b"Host: there\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n",
        b"Content-Length: 1\r\nContent-Length: 1\r\n",
        b"Content-Length: +1\r\n",
        b"Connection: upgrade\r\n",
        b"Empty:\r\n",
        b"Nothing: \r\n",
        b"A_B: c\r\n",
        b"X: \xe4\r\n",
        b"".join(b"X-%d: y\r\n" % number for number in range(MOST)),
        b"X: " + b"y" * LONGEST + b"\r\n",
    ],
)
def test_what_asks_for_more_is_not_plain(more: bytes) -> None:
    assert not is_plain(PLAIN + more + b"\r\n")


def test_a_head_that_comes_in_two_pieces_is_read_whole() -> None:
    parser = Parser(config(), iter([PLAIN[:30], PLAIN[30:] + b"\r\n", NEXT]), CLIENT)
    assert [next(parser).path, next(parser).path] == ["/upload", "/next"]


def test_nothing_more_ends_a_connection() -> None:
    with pytest.raises(StopIteration):
        next(Parser(config(), iter([b""]), CLIENT))
