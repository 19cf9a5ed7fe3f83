"""What does a person see who opens the address? The form, and what became of a contribution."""

import secrets
from typing import Any

from flask import Request, Response, render_template, request

from librarian import languages
from librarian.contract.document import consent, document
from librarian.record import Receipt
from librarian.settings import Settings
from librarian.stage import Failure
from librarian.units import say_bytes
from librarian.web import form, wire
from librarian.web.assets import Assets, packed

POLICY = (
    "default-src 'none'; {own}; connect-src 'self'; img-src 'self' blob: data:; media-src blob:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DESK_POLICY = POLICY.format(own="script-src 'self'; style-src 'self'").replace(
    "media-src blob:", "media-src 'self'"
)
PICTURED = ("image", "")
"""Families of files that may tell where they were made; empty is several."""
COLOURS = """
:root {{ --accent: {page.colour}; }}
@media (prefers-color-scheme: dark) {{ :root {{ --accent: {page.colour_dark}; }} }}
"""


def asked(sent: Request) -> bool:
    """Say whether a person waits for the answer: at the page's own form, or at a receipt."""
    if sent.path.startswith(wire.RECEIPTS):
        return sent.method != "DELETE" and prefers_page(sent)
    return sent.path == "/" and sent.method == "POST"


def prefers_page(sent: Request) -> bool:
    """Say whether a person's browser asks, not a program."""
    offered = sent.accept_mimetypes
    return offered.best_match(["application/json", "text/html"]) == "text/html"


class Page:
    """The page of one configured service, in its language and colours."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.assets = Assets(COLOURS.format(page=settings.page))
        contract = document(settings)
        self.captions = {each.name: each.caption for each in form.asked(settings)}
        self.told: dict[str, Any] = {
            "contract": {name: each for name, each in contract.items() if name != "labels"},
            "downscale": settings.page.downscale,
        }

    @property
    def words(self) -> languages.Words:
        """The words of the page: in the owner's language, or in the one that a browser asks for."""
        language = self.settings.page.language
        if language != languages.AUTO:
            return languages.load(language)
        # looked up as RFC 4647 (section 3.4) has it, for Werkzeug takes en before fi-FI
        wanted = [tag.partition("-")[0] for tag, quality in request.accept_languages if quality]
        known = (tag for tag in wanted if tag in languages.SHIPPED)
        return languages.load(next(known, languages.ENGLISH))

    def home(self) -> Response:
        """Show the form."""
        settings = self.settings
        words = {name: each for name, each in self.words.items() if name[:5] != "kept_"}
        contract = self.told["contract"]
        derived, labels = form.derived(contract), form.asked(settings)
        pickers = form.pickers(settings)
        shown = self.show(
            "home.html",
            200,
            pickers=pickers,
            pictured=any(not each.written and each.family in PICTURED for each in pickers),
            main=next((each for each in pickers if not each.written), None),
            derived=[field for field in labels if field.name in derived],
            labels=[field for field in labels if field.name not in derived],
            box=contract["box"],
            consent=consent(settings),
            own=form,
            once=secrets.token_urlsafe(),
            privacy=settings.privacy,
            closed=settings.closed,
            largest=say_bytes(settings.max_bytes),
            told={**self.told, "words": words},
        )
        shown.headers["Cache-Control"] = "no-cache"  # with no-store, Back would empty the form
        return shown

    def thanks(self, receipt: Receipt) -> Response:
        """Say that the contribution is stored, or safe until it is."""
        return self.show("thanks.html", wire.status(receipt), receipt=receipt, say_bytes=say_bytes)

    def refusal(self, failure: Failure, status: int) -> Response:
        """Say in plain words why the contribution was not taken."""
        words = self.words
        faults = [languages.said(each, words, self.captions) for each in failure.problems]
        title = words["stages"].get(failure.stage.slug, failure.stage.title)
        own = request.path == "/"
        return self.show(
            "refused.html", status, failure=failure, faults=faults, heading=title, own=own
        )

    def desk(self, template: str, status: int, **values: object) -> Response:
        """Write a page of the desk, where sounds and films that were sent can be heard and seen."""
        shown = self.show(template, status, **values)
        shown.headers["Content-Security-Policy"] = DESK_POLICY
        return shown

    def show(self, template: str, status: int, **values: object) -> Response:
        """Write a page of a template, with nothing on it that comes from elsewhere."""
        own = {"say": self.words, "page": self.settings.page, "assets": self.assets}
        response = Response(render_template(template, **own, **values), status)
        response.headers["Content-Security-Policy"] = POLICY.format(own=self.assets.policy)
        # no-referrer would have browsers send a form from the origin "null", which is no page
        response.headers["Referrer-Policy"] = "same-origin"
        if self.settings.page.language == languages.AUTO:
            response.headers.add("Vary", "Accept-Language")
        return packed(response, request)
