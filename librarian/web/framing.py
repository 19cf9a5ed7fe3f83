"""What is told to a client whose request is no HTTP? A problem document, as to everybody else.

The server takes requests apart (RFC 9112) before the application sees them, and would answer what
it cannot with a page of its own, which a browser from elsewhere may not even read. The answer made
here takes the way of every other: the same body, the same headers, the same line in the log.
"""

from typing import Any

from flask import Flask
from gunicorn import util
from gunicorn.http import errors
from werkzeug.test import EnvironBuilder

from librarian.problem import Problem
from librarian.stage import RECEIVE, Failure

BROKEN = Problem("http", "The request is broken: it is not HTTP as its standard has it.")
SAID: tuple[tuple[type[Exception], Problem], ...] = (
    (
        errors.LimitRequestLine,
        Problem("address-length", "The address is too long; send the labels in the body."),
    ),
    (
        errors.LimitRequestHeaders,
        Problem("headers-length", "The headers of the request are too many, or too long."),
    ),
    (
        errors.UnsupportedTransferCoding,
        Problem("transfer-encoding", "Of transfer encodings only chunked is taken."),
    ),
    (errors.ExpectationFailed, Problem("expect", "Of expectations only 100-continue is taken.")),
    (errors.ParseException, BROKEN),
)
"""What is said of each of the server's own refusals."""


def check(request: Any) -> None:
    """Refuse what the server would let through. Raises its own errors, as `answer` takes them.

    HTTP/1.1 asks for a Host (RFC 9112, section 3.2); a body packed for its way only, which nobody
    here would unpack, is none (section 6.1).
    """
    names = {name for name, _ in request.headers}
    codings = [value.lower() for name, value in request.headers if name == "TRANSFER-ENCODING"]
    if "HOST" not in names and request.version >= (1, 1):
        raise errors.InvalidHeader("HOST", req=request)
    if codings not in ([], ["chunked"]):
        raise errors.UnsupportedTransferCoding(",".join(codings))


def answer(app: Flask, error: Exception, request: Any) -> bytes:
    """Give the whole HTTP answer to a request that never came to the application.

    `request` is the server's, as far as it was read, or None. What is no fault of the request is
    answered as every other bug of ours.
    """
    problem = next((said for kind, said in SAID if isinstance(error, kind)), None)
    refused = error if problem is None else Failure(RECEIVE, problem)
    with app.request_context(_environ(request or getattr(error, "req", None))):
        app.preprocess_request()  # gives the request its id
        response = app.process_response(app.make_response(app.handle_user_exception(refused)))
        body = response.get_data()
    head = [f"HTTP/1.1 {response.status}", f"Date: {util.http_date()}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in response.headers if name != "Content-Length"]
    head += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def _environ(request: Any) -> dict[str, Any]:
    """Stand in for the request: no method, no address, and of its headers only Origin."""
    read = dict(getattr(request, "headers", None) or ())
    headers = [("Origin", str(read["ORIGIN"]))] if "ORIGIN" in read else []
    return EnvironBuilder("*", method="-", headers=headers).get_environ()
