"""What stands on every answer? The request's id, CORS, and what keeps browsers careful.

CORS follows the Fetch Standard: no credentials, so `*` is safe; where origins are listed, a page
from elsewhere is refused before its upload is read.
"""

import re

from flask import Flask, Request, Response

from librarian import chance
from librarian.access.origins import matches
from librarian.metrics import Metrics
from librarian.problem import Problem
from librarian.settings import Settings
from librarian.stage import FORBIDDEN, Failure
from librarian.web import body, noted
from librarian.web.service import here
from librarian.web.whole import Whole

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
READABLE = (
    "Content-Range, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy,"
    " Retry-After, WWW-Authenticate, X-Request-Id"
)
SENDABLE = (
    "Authorization, Content-Type, Idempotency-Key, Librarian-Consent, Librarian-Contributor,"
    " X-Request-Id"
)

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOTHING = "default-src 'none'; frame-ancestors 'none'"
"""The policy of what is no page: whatever a browser makes of it, it loads and runs nothing."""
CACHE, POLICY = "Cache-Control", "Content-Security-Policy"
OWN = frozenset({CACHE, POLICY})
"""What an answer may say for itself."""


def register(app: Flask, settings: Settings, metrics: Metrics) -> None:
    """Put the headers on every answer, and note every request."""
    to_all = "*" in settings.origins
    standing = [("X-Content-Type-Options", "nosniff"), (CACHE, "no-store"), (POLICY, NOTHING)]
    standing += [("Access-Control-Allow-Origin", "*")] if to_all else []
    standing += [("Access-Control-Expose-Headers", READABLE)]

    @app.before_request
    def identify() -> Response | None:
        sent = here()
        told = sent.environ.get("HTTP_X_REQUEST_ID", "")
        noted.begin(sent, metrics, told if REQUEST_ID.fullmatch(told) else chance.token_hex(16))
        if sent.method == "OPTIONS":
            return _preflight(app, sent)
        if sent.method in CHANGING and not _welcome(sent, settings):
            body.refuse(sent)
            message = "This page is not among those that may send here."
            raise Failure(FORBIDDEN, Problem("origin", message))
        return None

    @app.after_request
    def finish(response: Response) -> Response:
        sent = here()
        known = noted.of(sent)
        own = [("X-Request-Id", known.request_id), *standing]
        if isinstance(response, Whole):
            response.headers.put(own)
        else:
            for name, value in own:
                if name not in OWN or name not in response.headers:
                    response.headers[name] = value
        if not to_all:
            origin = sent.environ.get("HTTP_ORIGIN", "")
            response.headers.add("Vary", "Origin")
            if matches(origin, settings.origins):
                response.headers["Access-Control-Allow-Origin"] = origin
        noted.note(sent, known, response)
        return response


def _preflight(app: Flask, sent: Request) -> Response:
    """Answer a browser's question whether it may send: which methods this address takes."""
    allowed = app.create_url_adapter(sent).allowed_methods() if sent.path != "*" else []  # type: ignore[union-attr]
    methods = ", ".join(sorted({*allowed, "OPTIONS"}))
    response = Response(status=204)
    response.headers["Allow"] = methods
    response.headers["Access-Control-Allow-Methods"] = methods
    response.headers["Access-Control-Allow-Headers"] = SENDABLE
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _welcome(sent: Request, settings: Settings) -> bool:
    origin = sent.environ.get("HTTP_ORIGIN", "")
    if not origin:
        return True
    own = origin.partition("://")[2] == sent.host  # it may be anything, also no address at all
    return own or matches(origin, settings.origins)
