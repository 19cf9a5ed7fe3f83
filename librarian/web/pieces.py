"""How is a body taken apart? Into named pieces, strictly as its type says.

The forms are those of the HTML Standard (application/x-www-form-urlencoded), RFC 7578
(multipart/form-data) and RFC 8259 (JSON); everything else is a raw body. A form of a kind that its
parser would look at byte by byte has a quick way beside it, which leaves to the parser whatever it
does not understand.
"""

from collections.abc import Iterator
from typing import IO

from librarian.problem import Problem
from librarian.record import Carrier, Encoding
from librarian.stage import RECEIVE, Failure
from librarian.strictjson import NotJson
from librarian.web import jsonbody, multipart, querystring, urlencoded

MOST = 1000
Pieces = Iterator[tuple[str, Carrier]]


def pairs(text: bytes) -> tuple[tuple[str, str], ...]:
    """Read a query string. Raises Failure (`receive`)."""
    try:
        return querystring.pairs(text.decode(), MOST)
    except UnicodeDecodeError:
        raise Failure(RECEIVE, Problem("utf-8", "This is not UTF-8 text.")) from None
    except querystring.TooMany:
        raise _too_many() from None


def of(encoding: Encoding, body: IO[bytes], boundary: str) -> Pieces:
    """Take a body of pieces apart, in order. Raises Failure (`receive`)."""
    if encoding == "form":
        yield from _fields(body)
    elif encoding == "json":
        yield from _members(body)
    elif encoding == "multipart":
        yield from _parts(body, boundary)


def _fields(body: IO[bytes]) -> Pieces:
    try:
        for name, text in urlencoded.fields(body, MOST):
            yield name, Carrier("field", text)
    except UnicodeDecodeError:
        raise Failure(RECEIVE, Problem("utf-8", "This is not UTF-8 text.")) from None
    except urlencoded.TooMany:
        raise _too_many() from None


def _members(body: IO[bytes]) -> Pieces:
    try:
        for name, value in jsonbody.members(body).items():
            yield name, Carrier("member", value)
    except NotJson as error:
        raise Failure(RECEIVE, Problem("json", f"The body is broken: {error}.")) from None


def _parts(body: IO[bytes], boundary: str) -> Pieces:
    try:
        yield from multipart.parts(body, boundary, MOST)
    except UnicodeDecodeError:
        raise Failure(RECEIVE, Problem("utf-8", "A field of the form is not UTF-8 text.")) from None
    except Failure:
        raise
    except Exception as error:
        raise Failure(RECEIVE, Problem("multipart", "The form is broken or incomplete.")) from error


def _too_many() -> Failure:
    return Failure(RECEIVE, Problem("count", f"There are more than {MOST} fields.", limit=MOST))
