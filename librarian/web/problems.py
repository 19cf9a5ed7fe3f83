"""How does every error leave the service? By one border, with one body, whoever made the error."""

import logging
from http import HTTPStatus

from flask import Flask, Request, Response
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    RequestedRangeNotSatisfiable,
)

from librarian.problem import Problem
from librarian.settings import Settings
from librarian.stage import INTERNAL, METHOD, NOT_FOUND, RANGE, RECEIVE, SIZE, TYPE, Failure, Stage
from librarian.web import noted, wire
from librarian.web.page import Page, asked
from librarian.web.service import here

log = logging.getLogger(__name__)

POINTER = (
    "This address does not take this method; uploads are PUT or POST to /upload,"
    " and /openapi.json tells the whole contract."
)
BUG = "Something went wrong on our side; it is logged, and nothing of it is your fault."
FRAMEWORK: dict[int, tuple[Stage, str]] = {
    400: (RECEIVE, "The request could not be understood."),
    404: (NOT_FOUND, "There is nothing at this address; uploads go to /upload."),
    405: (METHOD, POINTER),
    413: (SIZE, "This is more than is taken at once."),
    415: (TYPE, "This kind of content is not taken."),
    416: (RANGE, "The file ends before this part of it begins."),
    500: (INTERNAL, BUG),
}
"""What the framework itself raises, in our words; what is not among it is 400 or 500, by whose
fault it is."""


def register(app: Flask, settings: Settings, page: Page) -> None:
    """Answer every failure, every error of the framework and every bug of ours alike."""

    def answer(failure: Failure) -> Response:
        sent = here()
        known = noted.of(sent)
        known.stage = failure.stage.slug
        known.rules = tuple(problem.rule for problem in failure.problems)
        names = frozenset(name for name, _ in _query(sent))
        told = wire.refused(failure, settings, request_id=known.request_id, in_query=names)
        if not asked(sent):
            return told
        shown = page.refusal(failure, told.status_code)
        for name in ("Retry-After", "WWW-Authenticate"):
            if name in told.headers:
                shown.headers[name] = told.headers[name]
        return shown

    @app.errorhandler(Failure)
    def failed(failure: Failure) -> Response:
        return answer(failure)

    @app.errorhandler(HTTPException)
    def framework(error: HTTPException) -> Response:
        if error.code is None or error.code < 400:
            return Response(
                response=error.get_body(), headers=error.get_headers(), status=error.code
            )
        ours = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR
        stage, message = FRAMEWORK.get(error.code, FRAMEWORK[500 if ours else 400])
        response = answer(Failure(stage, Problem(stage.slug, message)))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        if isinstance(error, RequestedRangeNotSatisfiable):
            response.headers["Content-Range"] = f"bytes */{error.length}"
        return response

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        log.error("a bug met request %s", noted.of(here()).request_id, exc_info=error)
        return answer(Failure(INTERNAL, Problem("internal", BUG)))


def _query(sent: Request) -> tuple[tuple[str, str], ...]:
    try:
        return wire.query(sent)
    except Failure:
        return ()  # it is this fault that is being answered
