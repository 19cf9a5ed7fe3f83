"""How does an HTTP request become a Submission, and a Receipt or a Failure a response?

The only file that knows both worlds. Problem documents follow RFC 9457, JSON pointers RFC 6901,
idempotency keys draft-ietf-httpapi-idempotency-key-header.
"""

import json
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import IO, Any, TypeVar

from flask import Request, Response

from librarian import memory, strictjson, uid
from librarian.access import WRONG
from librarian.pipeline import full
from librarian.problem import Path, Problem
from librarian.record import LABELS, Carrier, Encoding, Receipt, Submission
from librarian.settings import Settings
from librarian.stage import AUTH, BY_SLUG, RECEIVE, TYPE, Failure
from librarian.web import body, noted, pieces
from librarian.web.whole import Whole

CONTRIBUTOR = re.compile(r"[A-Za-z0-9_-]{8,64}")
CONSENT = "Librarian-Consent"
T = TypeVar("T")
SMALL = nullcontext(enter_result=True)
"""Stands for the room of a body that waits in memory in any case."""
UNSAID = frozenset({"flags", "spooled", "token"})
"""Members of a receipt that are left out where there is nothing to say."""
READABLE = strictjson.writer(json.JSONEncoder(ensure_ascii=False))
PROBLEM_TYPE = "application/problem+json"
RECEIPTS = "/receipts/"
"""Where a contribution is seen and withdrawn, with the token of its receipt after it."""


def lent(
    request: Request,
    settings: Settings,
    take: Callable[[Submission], T],
    *,
    key: str,
    legacy: bool,
    scope: str,
) -> T:
    """Read a request whole, decoding nothing yet, and have it taken while there is memory for it.

    While there is little memory, what waits for a slow sender or for its turn waits on the disk.
    Raises Failure (`size`, `receive`, `type`; `overload` where there is no memory in time).
    """
    told = request.environ.get
    if told("HTTP_CONTENT_ENCODING", "identity").lower() not in ("identity", ""):
        message = "Compressed requests are not taken; send it without Content-Encoding."
        raise Failure(TYPE, Problem("content-encoding", message))
    media_type, announced = request.mimetype, request.content_length or 0
    encoding = body.encoding_of(media_type)
    most = body.most_bytes(encoding, settings.max_bytes, len(settings.intakes))
    small = announced <= body.IN_MEMORY
    with (
        SMALL if small else memory.COMING.hold_at_once(announced) as there,
        _read(request, settings, most, announced if there else body.IN_MEMORY) as content,
    ):
        pairs = query(request)
        named = _key(told("HTTP_IDEMPOTENCY_KEY", ""), key)
        contributor = _contributor(told("HTTP_LIBRARIAN_CONTRIBUTOR", ""))
        needed = body.needed(encoding, media_type, content)
        try:
            with memory.BODIES.hold(needed, alone=True):
                sent = Submission(
                    encoding=encoding,
                    query=pairs,
                    pieces=_pieces(encoding, request, content),
                    body=_raw(media_type, content) if encoding == "raw" else None,
                    key=named,
                    contributor=contributor,
                    legacy=legacy,
                    scope=scope,
                    consent=told("HTTP_LIBRARIAN_CONSENT", ""),
                    address=request.remote_addr or "",
                )
                content.close()
                return take(sent)
        except memory.Busy:
            raise full() from None


def _read(request: Request, settings: Settings, most: int, in_memory: int) -> IO[bytes]:
    """Read a request's body to where there is room for it. Raises Failure."""
    with noted.body(request):
        return body.whole(request, settings, most, in_memory=in_memory)


def _raw(media_type: str, content: IO[bytes]) -> Carrier:
    return Carrier("body", content.read(), media_type=media_type)


def _pieces(
    encoding: Encoding, request: Request, content: IO[bytes]
) -> tuple[tuple[str, Carrier], ...]:
    """Take a body of pieces apart, decoding nothing. Raises Failure (`receive`)."""
    if encoding == "raw":
        return ()
    boundary = request.mimetype_params.get("boundary", "")
    return tuple(pieces.of(encoding, content, boundary))


def query(request: Request) -> tuple[tuple[str, str], ...]:
    """Read the query string. Raises Failure (`receive`)."""
    return pieces.pairs(request.query_string)


def accepted(receipt: Receipt, *, legacy: bool) -> Response:
    """Answer with a receipt: 201, or 200 for a replay and for the pages that know only that.

    202 says that it waits in the spool, and is stored later.
    """
    said = zip(Receipt._fields, receipt, strict=True)
    told = {name: value for name, value in said if value or name not in UNSAID}
    headers: list[tuple[str, str]] = []
    if receipt.replayed:
        headers.append(("Idempotent-Replayed", "true"))
    if receipt.token:
        headers.append(("Location", RECEIPTS + receipt.token))
    return _json(told, 200 if legacy else status(receipt), "application/json", *headers)


def status(receipt: Receipt) -> int:
    """Tell the status of a receipt."""
    if receipt.spooled:
        return 202
    return 200 if receipt.replayed else 201


def refused(
    failure: Failure, settings: Settings, *, request_id: str, in_query: frozenset[str] = frozenset()
) -> Response:
    """Answer with a problem document (RFC 9457) that tells every fault."""
    stage = failure.stage
    number = settings.statuses.get(stage.slug, stage.status)
    document = {
        "type": stage.slug,
        "title": stage.title,
        "status": number,
        "detail": failure.problems[0].message,
        "instance": request_id,
        "stage": stage.slug,
        "retryable": failure.retryable,
        "errors": [_error(problem, in_query) for problem in failure.problems],
    }
    response = _json(document, number, PROBLEM_TYPE)
    if failure.retry_after:
        response.headers["Retry-After"] = str(failure.retry_after)
    if stage is AUTH:
        response.headers["WWW-Authenticate"] = _challenge(failure.problems[0].rule)
    return response


def _challenge(rule: str) -> str:
    """Say which kind of key is asked for, and whether one was sent (RFC 6750, section 3)."""
    return 'Bearer realm="librarian"' + (', error="invalid_token"' if rule == WRONG else "")


def _json(value: Any, status: int, media_type: str, *headers: tuple[str, str]) -> Whole:
    """Write JSON as people can read it too: UTF-8 unescaped, ended by a line break."""
    return Whole(f"{READABLE(value)}\n".encode(), status, media_type, *headers)


def _error(problem: Problem, in_query: frozenset[str]) -> dict[str, Any]:
    path = problem.path
    named = ".".join(str(step) for step in path[1:])
    place = (
        {"parameter": named}
        if path[:1] == (LABELS,) and named in in_query
        else {"pointer": _pointer(path)}
    )
    error = {"stage": BY_SLUG[problem.stage].slug, **(place if path else {})}
    error |= {"rule": problem.rule, "message": problem.message}
    facts = {"limit": problem.limit, "actual": problem.actual}
    return error | {name: value for name, value in facts.items() if value is not None}


def _pointer(path: Path) -> str:
    """Write a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _key(header: str, path: str) -> str:
    """Read the idempotency key of header and path. Raises Failure (`receive`)."""
    quoted = len(header) > 1 and header[0] == header[-1] == '"'
    sent = header[1:-1] if quoted else header
    if sent and path and sent != path:
        message = "The address and the header Idempotency-Key name different keys."
        raise Failure(RECEIVE, Problem("key", message))
    key = sent or path
    if (key or header) and not uid.KEY.fullmatch(key):
        message = "A key has 16 to 128 letters, digits, _ and -; to send without one, use /upload."
        raise Failure(RECEIVE, Problem("key", message))
    return key


def _contributor(pseudonym: str) -> str:
    if pseudonym and not CONTRIBUTOR.fullmatch(pseudonym):
        message = "Librarian-Contributor has 8 to 64 letters, digits, _ and -."
        raise Failure(RECEIVE, Problem("contributor", message))
    return pseudonym
