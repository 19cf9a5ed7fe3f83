"""What does a person see who opens the address? What this is, a form that works, how to send."""

from dataclasses import replace
from typing import Any

from flask import Request, Response, render_template, request

from librarian.contract import fields, labels_schema, media_types
from librarian.record import Receipt, Submission
from librarian.settings import Settings
from librarian.stage import STAGES, Failure
from librarian.units import say_bytes
from librarian.web import wire

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)

AGREED = "_consent"
"""The field of the tick; no label can be called so."""


def asked(sent: Request) -> bool:
    """Say whether a person at the page's own form waits for the answer."""
    return sent.path == "/" and sent.method == "POST"


def filled(sent: Submission) -> Submission:
    """Leave out the fields that a person left empty; a form sends them all.

    The tick beside what a person agrees to is a field too, for a form cannot send a header.
    """
    kept = [(n, c) for n, c in sent.pieces if c.kind != "field" or c.value != ""]
    ticks = [str(c.value) for n, c in kept if n == AGREED and c.kind == "field"]
    pieces = tuple((name, carrier) for name, carrier in kept if name != AGREED)
    return replace(sent, pieces=pieces, consent=ticks[0] if ticks else sent.consent)


def home(settings: Settings) -> Response:
    """Show what the service takes, the form, and the commands that send."""
    inputs = [
        {
            "tag": intake.tag,
            "required": intake.required,
            "accept": ",".join(media_types(settings, intake.tag)),
            "written": _written(settings, intake.tag),
        }
        for intake in settings.intakes
    ]
    return _page(
        "home.html",
        200,
        inputs=inputs,
        fields=_fields(settings),
        address=request.host_url.rstrip("/"),
        closed=settings.closed,
        largest=say_bytes(settings.max_bytes),
        privacy=settings.privacy,
        agreed=AGREED,
        stages=[(settings.statuses.get(s.slug, s.status), s) for s in STAGES],
        raw=any(way.name == "raw" for intake in settings.intakes for way in intake.ways),
    )


def thanks(receipt: Receipt) -> Response:
    """Say that the contribution is stored, or safe until it is."""
    return _page("thanks.html", wire.status(receipt), receipt=receipt)


def refusal(failure: Failure, status: int) -> Response:
    """Say in plain words why the contribution was not taken."""
    return _page("refused.html", status, failure=failure)


def _written(settings: Settings, tag: str) -> bool:
    """Say whether people type this input rather than choose a file."""
    ways = next(intake.ways for intake in settings.intakes if intake.tag == tag)
    return all(way.name in ("text", "json", "base64") for way in ways)


def _fields(settings: Settings) -> list[dict[str, Any]]:
    """Give a form field for each label that the configuration names, or one free label."""
    asked_for = [
        {"name": name, "required": required, **_kind(each)}
        for name, each, required in fields(labels_schema(settings))
    ]
    return asked_for or [{"name": "label", "required": False, "type": "text"}]


def _kind(schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        return {"type": "choice", "choices": schema["enum"]}
    if schema.get("type") == "boolean":
        return {"type": "choice", "choices": ["true", "false"]}
    if schema.get("type") in ("integer", "number"):
        step = "1" if schema["type"] == "integer" else "any"
        bounds = {"min": schema.get("minimum"), "max": schema.get("maximum")}
        return {"type": "number", "step": step, **bounds}
    return {"type": "text"}


def _page(template: str, status: int, **values: Any) -> Response:
    response = Response(render_template(template, **values), status)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
