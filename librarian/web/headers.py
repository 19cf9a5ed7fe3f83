"""What stands on every answer? The request's id, CORS, and what keeps browsers careful.

CORS follows the Fetch Standard: no credentials, so `*` is safe; where origins are listed, a page
from elsewhere is refused before its upload is read.
"""

import re
import time

from flask import Flask, Response, g, request

from librarian import chance, subject
from librarian.access.origins import matches
from librarian.metrics import Metrics
from librarian.problem import Problem
from librarian.settings import Settings
from librarian.stage import FORBIDDEN, Failure
from librarian.web import body, noted

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


def register(app: Flask, settings: Settings, metrics: Metrics) -> None:
    """Put the headers on every answer, and note every request."""

    @app.before_request
    def identify() -> Response | None:
        sent = request.headers.get("X-Request-Id", "")
        g.request_id = sent if REQUEST_ID.fullmatch(sent) else chance.token_hex(16)
        g.started, g.metrics = time.perf_counter(), metrics
        subject.begin(g.request_id)
        if request.method == "OPTIONS":
            return _preflight(app)
        if request.method in CHANGING and not _welcome(settings):
            body.drain(body.of(request))
            message = "This page is not among those that may send here."
            raise Failure(FORBIDDEN, Problem("origin", message))
        return None

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Content-Security-Policy", NOTHING)
        origin = request.headers.get("Origin", "")
        if "*" in settings.origins:
            response.headers["Access-Control-Allow-Origin"] = "*"
        else:
            response.headers.add("Vary", "Origin")
            if matches(origin, settings.origins):
                response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = READABLE
        noted.note(response)
        return response


def _preflight(app: Flask) -> Response:
    """Answer a browser's question whether it may send: which methods this address takes."""
    allowed = app.create_url_adapter(request).allowed_methods() if request.path != "*" else []  # type: ignore[union-attr]
    methods = ", ".join(sorted({*allowed, "OPTIONS"}))
    response = Response(status=204)
    response.headers["Allow"] = methods
    response.headers["Access-Control-Allow-Methods"] = methods
    response.headers["Access-Control-Allow-Headers"] = SENDABLE
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _welcome(settings: Settings) -> bool:
    origin = request.headers.get("Origin", "")
    own = origin.partition("://")[2] == request.host  # it may be anything, also no address at all
    return not origin or own or matches(origin, settings.origins)
