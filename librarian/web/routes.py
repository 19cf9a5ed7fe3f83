"""Which addresses are there? Each a view of a few lines; the work is the pipeline's."""

from flask import Blueprint, Response, jsonify

from librarian import __version__
from librarian.contract import document as told
from librarian.pipeline import Pipeline
from librarian.problem import Problem
from librarian.record import Receipt, Submission
from librarian.stage import OVERLOAD, Failure
from librarian.web import desk, docs, form, metrics, openapi, receipts, review, wire
from librarian.web.gate import Gate
from librarian.web.page import Page, asked
from librarian.web.receipts import Tokens
from librarian.web.service import here


def blueprint(pipeline: Pipeline, gate: Gate, page: Page, tokens: Tokens) -> Blueprint:
    """Make the routes of one configured service."""
    routes = Blueprint("librarian", __name__)
    settings = pipeline.settings
    document, contract = openapi.document(settings), told.document(settings)

    def take(*, key: str = "", legacy: bool = False) -> Receipt:
        request = here()
        by_form = asked(request)
        keyed_inside = by_form and settings.closed and "Authorization" not in request.headers

        def submit(sent: Submission) -> Receipt:
            key = sent.key  # as it was told; a form has one of its own
            if keyed_inside:
                sent.scope = gate.submitter(request, form.key(sent)).scope
            if by_form:
                form.understand(sent, settings)
            receipt = pipeline.submit(sent)
            token = tokens.of(receipt, key)
            return receipt._replace(token=token) if token else receipt

        try:
            scope = "" if keyed_inside else gate.submitter(request).scope
            return wire.lent(request, settings, submit, key=key, legacy=legacy, scope=scope)
        except Failure as failure:
            pipeline.refusals.note(failure)
            raise

    @routes.before_request
    def turn_away() -> None:
        """Refuse what comes while the service ends; what came before is finished."""
        if pipeline.stopping.refuses and here().endpoint != f"{routes.name}.livez":
            message = "The service is stopping; please send it again in a moment."
            raise Failure(OVERLOAD, Problem("stopping", message))

    @routes.route("/upload", methods=["PUT", "POST"], strict_slashes=False)
    def upload() -> Response:
        return wire.accepted(take(), legacy=False)

    @routes.put("/upload/<key>")
    def upload_keyed(key: str) -> Response:
        return wire.accepted(take(key=key), legacy=False)

    @routes.post("/put")
    def put() -> Response:
        return wire.accepted(take(legacy=True), legacy=True)

    if settings.page.enabled:

        @routes.get("/")
        def home() -> Response:
            return page.home()

        @routes.post("/")
        def contribute() -> Response:
            return page.thanks(take())

    page.assets.register(routes)
    receipts.register(routes, pipeline, tokens, page)
    review.register(routes, pipeline, gate)
    desk.register(routes, pipeline, gate, page)

    @routes.post("/desk/session")
    def come() -> Response:
        return gate.begin()

    @routes.get("/desk/session")
    def still_here() -> Response:
        return gate.still()

    @routes.delete("/desk/session")
    def leave() -> Response:
        return gate.end()

    @routes.get("/livez")
    def livez() -> Response:
        return jsonify(status="alive")

    @routes.get("/readyz")
    def readyz() -> Response:
        found = pipeline.readiness()
        if not found.ready:
            message = "The service is up, but {} does not answer."
            problems = [
                Problem("unavailable", message.format(f"the store of {path}"))
                for path in found.failing
            ]
            if found.spool is False:
                problems.append(Problem("spool", message.format("the spool")))
            raise Failure(OVERLOAD, *problems)
        spool = {} if found.spool is None else {"spool": "takes", "not_answering": found.failing}
        return jsonify(status="ready", **spool)

    @routes.get("/metrics")
    def measured() -> Response:
        return metrics.told(pipeline, gate)

    @routes.get("/version")
    def version() -> Response:
        return jsonify(name="data-librarian", version=__version__, config=pipeline.config)

    @routes.get("/contract")
    def ask() -> Response:
        return jsonify(contract)

    @routes.get("/openapi.json")
    def describe() -> Response:
        return jsonify(document)

    @routes.get("/docs")
    def read() -> Response:
        return docs.show(page, document)

    return routes
