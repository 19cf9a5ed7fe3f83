"""What does a configured service say of itself on a terminal? No secret, no more than is needed."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from librarian import terminal
from librarian.chain import Step
from librarian.contract import fields as asked_fields
from librarian.contract import labels_schema
from librarian.contract.box import box
from librarian.counting.quota import said as said_of_quota
from librarian.counting.storage import Counting
from librarian.reading import Intake
from librarian.settings import Settings, fit
from librarian.settings.binding import adapter, fields
from librarian.settings.privacy import PrivacyConfig
from librarian.settings.spool import SpoolConfig
from librarian.units import say_bytes, say_pixels, written

SAMPLES: dict[str, Any] = {"integer": 1, "number": 0.5, "boolean": True, "array": [], "object": {}}
FILES = {"image": "photo.jpg", "sound": "sound.wav"}
SENTENCE = "What a day."


def standing(settings: Settings) -> Iterator[str]:
    """Say what is configured, a line for each thing, aligned."""
    rows = [("inputs" if not index else "", taken) for index, taken in enumerate(_taken(settings))]
    rows += _chain("label checks", settings.label_valid)
    rows += _chain("data checks", settings.data_valid)
    rows += _chain("cross checks", settings.cross_valid)
    rows += _chain("data kept", settings.data_act)
    rows += _chain("labels kept", settings.label_act)
    rows.append(("privacy", _private(settings.privacy)))
    if settings.spool is not None:
        rows.append(("spool", _spooled(settings.spool)))
    rows += _guarded(settings)
    limits = f"{say_bytes(settings.max_bytes)}, {say_pixels(settings.max_pixels)}"
    rows.append(("at most", f"{limits}, {settings.max_labels} labels"))
    rows.append(("address", address(settings.host, settings.port)))
    rows += [("note", note) for note in _notes(settings)]
    for name, value in rows:
        yield from terminal.wrapped(f"{name:<13} ", value, sys.stdout)


def greeting(settings: Settings, port: int) -> Iterator[tuple[str, str]]:
    """Say at start what it takes, where it keeps it, how to send, where the page is, how to stop.

    Yields a word and what there is to say; the notes come after the five.
    """
    at = address(settings.host, port)
    yield "Takes", f"{'; '.join(_taken(settings))}; at most {say_bytes(settings.max_bytes)}"
    kept = [f"data: {_named(settings.data_act)}", f"labels: {_named(settings.label_act)}"]
    yield "Keeps", "; ".join(kept)
    yield "Send", send(settings, at)
    everywhere = " (on every address of this machine)" if settings.host in ("0.0.0.0", "::") else ""  # noqa: S104 - compared, not bound
    yield "Page", f"{at}/{everywhere}"
    yield "Stop", "Ctrl-C at once; SIGTERM finishes what is being received"
    for note in _notes(settings):
        yield "Note", note


def address(host: str, port: int) -> str:
    """Write the address that a client on this machine uses."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def send(settings: Settings, at: str) -> str:
    """Write a command that sends one contribution to this service."""
    asked = {name: each for name, each, _ in _asked(settings)}
    labels = {name: _sample(each) for name, each, required in _asked(settings) if required}
    labels |= {name: value for name, value in _box(settings, asked) if name in labels}
    labels = labels or {"label": "cat"}
    query = urlencode({name: _text(value) for name, value in labels.items()}, safe="[]{}")
    needed = [each for each in settings.intakes if each.required] or list(settings.intakes[:1])
    curl = "curl -H 'Authorization: Bearer <key>'" if settings.closed else "curl"
    bodies = [way for way in needed[0].ways if "body" in way.carriers]
    if len(needed) == 1 and any(way.name == "raw" for way in bodies):
        return f"{curl} -T {_file(needed[0])} '{at}/upload?{query}'"
    if any(way.carriers & {"file"} for each in needed for way in each.ways):
        parts = " ".join(_part(each) for each in needed)
        return f"{curl} {parts} '{at}/upload?{query}'"
    parts = " ".join(f'--data-urlencode {each.tag}="$(base64 {_file(each)})"' for each in needed)
    return f"{curl} {parts} '{at}/upload?{query}'"


def said(component: Any) -> str:
    """Write a component with what was set of it, secrets masked: `img(h=100)`."""
    values = adapter(type(component)).dump_python(component, mode="json")
    declared = type(component).__pydantic_fields__
    shown = [
        f"{field.name}={json.dumps(values[field.name], ensure_ascii=False)}"
        for field in fields(type(component))
        if getattr(component, field.name)
        != declared[field.name].get_default(call_default_factory=True)
    ]
    return f"{component.name}({', '.join(shown)})" if shown else str(component.name)


def _taken(settings: Settings) -> Iterator[str]:
    for intake in settings.intakes:
        optional = "" if intake.required else " (may be left out)"
        yield f"{intake.tag}{optional} as {intake.said}"


def _chain(title: str, steps: Sequence[Step]) -> list[tuple[str, str]]:
    lines = []
    for step in steps:
        only = f" on {step.input}" if step.input else ""
        flagged = ", flags what does not pass" if step.on_fail == "flag" else ""
        lines.append(f"{said(step.component)}{only}{flagged}")
    return [(title if not index else "", line) for index, line in enumerate(lines or ["none"])]


def _named(steps: Sequence[Step]) -> str:
    return ", ".join(said(step.component) for step in steps) or "nowhere"


def _private(told: PrivacyConfig) -> str:
    out = {
        "location": "where pictures were taken is left out",
        "all": "pictures keep colours and orientation, and no other metadata",
        "none": "pictures are kept as sent, with the place if they tell it",
    }[told.strip]
    ip = {"no": "no addresses", "hashed": "addresses as hashes of the day", "yes": "addresses"}
    consent = f", consent {told.consent_version}" if told.consent_version else ""
    return f"{out}; {ip[told.keep_ip]} kept{consent}"


def _spooled(spool: SpoolConfig) -> str:
    what = {"failure": "what a store does not take", "always": "everything"}[spool.when]
    age = written(spool.max_age, "seconds")
    return f"{spool.directory}: {what} waits there, at most {say_bytes(spool.max_bytes)} and {age}"


def _guarded(settings: Settings) -> Iterator[tuple[str, str]]:
    """Say who may send, how often and how much in all; names of keys, never their hashes."""
    if (access := settings.access) is not None:
        for title, keys in (("submit keys", access.submit), ("review keys", access.review)):
            named = ", ".join(key.name or "unnamed" for key in keys)
            if title[0] == "s" and not access.closed:
                named = f"{named}, and everybody without one" if named else "none: everybody may"
            yield title, named or "none"
    if settings.rate is not None and (settings.rate.limit or settings.rate.keyed):
        by = {"key": "access key, else address", "address": "address"}
        each = by.get(settings.rate.by, "contributor, else address")
        yield "rate", f"{settings.rate.limit or 'any'} for each {each}"
        if settings.rate.keyed:
            yield "", f"{settings.rate.keyed} with an access key"
    yield from _aligned("quotas", [said_of_quota(quota) for quota in settings.quotas])
    if settings.rate is not None or settings.quotas:
        yield "counted in", Counting.of(settings).said


def _aligned(title: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for index, line in enumerate(lines):
        yield title if not index else "", line


def _notes(settings: Settings) -> Iterator[str]:
    if settings.spool is not None:
        yield f"A 202 is answered for what waits in the spool, {settings.spool.directory}."
    rate = settings.rate
    if rate is not None and (rate.limit or rate.keyed) and not settings.proxy_hops:
        yield (
            "Requests with X-Forwarded-For are not limited by address while"
            " LIBRARIAN_PROXY_HOPS is 0."
        )
    if settings.read_back and not settings.signs:
        yield (
            "Without LIBRARIAN_SECRET receipts have no token, so that nobody can withdraw what they"
            " sent, and sessions at the desk end with the service."
        )
    yield from fit.notices(settings.label_act, settings.data_act)


def _asked(settings: Settings) -> Iterator[tuple[str, Any, bool]]:
    return asked_fields(labels_schema(settings))


def _box(settings: Settings, asked: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield a box that has an area, be it counted in pixels or in fractions."""
    found = box(settings, asked) or {"labels": {}}
    for role, name in found["labels"].items():
        yield name, int(role in ("bottom", "right", "width", "height"))


def _sample(schema: Any) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    return schema.get("minimum", SAMPLES.get(schema.get("type", ""), "cat"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _file(intake: Intake) -> str:
    return FILES.get(intake.tag, f"{intake.tag}-file")


def _part(intake: Intake) -> str:
    if intake.written:
        return f"-F '{intake.tag}={SENTENCE}'"
    filed = any("file" in way.carriers for way in intake.ways)
    return (
        f"-F {intake.tag}=@{_file(intake)}"
        if filed
        else f'-F {intake.tag}="$(base64 {_file(intake)})"'
    )
