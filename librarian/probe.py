"""Do the configured stores work? A probe is written to each, read back and removed again."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from librarian import moment, terminal
from librarian.chain import Step
from librarian.component import Fetches, Scans, Undoes
from librarian.counting.storage import Counting
from librarian.record import LABELS, PROVENANCE, Blob, Document, Part, Stored
from librarian.settings import Settings
from librarian.stage import StoreError
from librarian.uid import LENGTH, mint

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a4944415478da63f80f00010101001bb6ee56"
    "0000000049454e44ae426082"
)
"""A PNG of one pixel, for stores that want an image."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of the probe of one store: `reason` is empty where all went well."""

    path: str
    """Which setting names the store."""
    name: str
    done: str
    reason: str = ""


def probe(settings: Settings) -> Iterator[Finding]:
    """Probe every store of both actor chains, and where rates and quotas are counted."""
    for step in settings.data_act:
        tag = step.input or settings.intakes[0].tag
        parts: list[Part] = [Blob(tag, PIXEL), Document(tag, {"probe": True})]
        fitting = [part for part in parts if _brought(settings, step, type(part))]
        for part in fitting if isinstance(step.component, Undoes) else fitting[:1]:
            yield _finding(step, part)
    for step in settings.label_act:
        yield _finding(step, None)
    if settings.rate is not None or settings.quotas:
        yield _counted(Counting.of(settings))


def unseen(settings: Settings) -> Iterator[str]:
    """Yield a note where label records are in an earlier store alone, and so are not seen.

    What does not answer is passed over: its probe says so.
    """
    marks = [step for step in settings.label_act if isinstance(step.component, Fetches)]
    with suppress(StoreError):
        if not marks or _holds(last := marks[-1]):
            return
        for step in filter(_holds, marks[:-1]):
            yield (
                f"{step.path} holds label records and {last.path} none, which says which there are:"
                " they are not seen. docs/stores.md says how to go from one store to another."
            )


def _holds(step: Step) -> bool:
    """Say whether a store holds label records, as far as it can tell. Raises StoreError."""
    store = step.component
    return isinstance(store, Scans) and next(store.scan(), None) is not None


def told(findings: Sequence[Finding], stream: TextIO) -> Iterator[str]:
    """Say what was found, a line for each store, and a last one for all."""
    for each in findings:
        word, colour = ("failed:", terminal.RED) if each.reason else ("ok:", terminal.GREEN)
        head = f"{each.path:<22} {each.name:<8} "
        first, *rest = terminal.wrapped(head, f"{word} {each.reason or each.done}", stream)
        yield first.replace(word, terminal.painted(word, colour, stream), 1)
        yield from rest
    yield ""
    tried, failed = len(findings), sum(bool(each.reason) for each in findings)
    if failed:
        which = (
            "It does"
            if tried == 1
            else f"{failed} of {tried} stores {'does' if failed == 1 else 'do'}"
        )
        last = f"{which} not work; until that is mended, contributions are refused."
        yield terminal.painted(last, terminal.RED, stream)
    elif tried:
        well = "The store works." if tried == 1 else "Every store works."
        yield terminal.painted(well, terminal.GREEN, stream)
    else:
        yield "There is no store to try: nothing is kept."


def _brought(settings: Settings, step: Step, kind: type) -> bool:
    """Say whether the step takes this kind of part, and any input brings it there."""
    return kind in step.component.takes and any(
        kind in way.takes
        for intake in settings.intakes
        if step.input in ("", intake.tag)
        for way in intake.ways
    )


def _finding(step: Step, part: Part | None) -> Finding:
    key = f"probe-{secrets.token_hex(LENGTH)}"[:LENGTH]
    try:
        if not isinstance(step.component, Undoes):
            step.component.ping()
            return _of(step, "it answers; it cannot be undone, so nothing was written")
        return _written(step, key, part or Document(LABELS, _label_record(key)))
    except StoreError as error:
        return _of(step, "", str(error))


def _of(step: Step, done: str, reason: str = "") -> Finding:
    return Finding(step.path, step.component.name, done, reason)


def _counted(counting: Counting) -> Finding:
    """Take a place where quotas are counted, and give it back."""
    path, name = "RATE_CONFIG.storage", counting.kind
    try:
        with counting.places() as places:
            places.take("probe", uid := mint(), "probe", most=1000, seconds=1)
            places.free("probe", uid, "probe")
    except StoreError as error:
        return Finding(path, name, "", str(error))
    return Finding(path, name, "a place taken and given back")


def _written(step: Step, key: str, part: Part) -> Finding:
    """Write, read back where that can be done, and remove. Raises StoreError."""
    store: Any = step.component
    stored = Stored(store.name, store.name_of(key, part.extension))
    fault = ""
    try:
        stored = store.act(key, part)
        if isinstance(store, Fetches):
            fault = _fault(store.fetch(stored.name), key, part, stored)
    finally:
        store.undo(stored)
    if not fault and isinstance(store, Fetches) and store.fetch(stored.name) is not None:
        fault = "what was removed is still there"
    done = "written, read back, removed" if isinstance(store, Fetches) else "written, removed"
    return _of(step, done, fault)


def _fault(found: bytes | None, key: str, part: Part, stored: Stored) -> str:
    """Compare what was read with what was written; an owner may have images converted."""
    if found is None:
        return "what was written is not there"
    if isinstance(part, Document):
        same = found == part.content or json.loads(found) == part.row(key)
        return "" if same else "it gives back something else"
    converted = not stored.name.endswith(part.extension)
    return "" if converted or found == part.content else "it gives back something else"


def _label_record(key: str) -> dict[str, Any]:
    """Make a label record as the service stores them, told apart by its uid."""
    ours = {"received_at": moment.now(), "data": [], "fingerprint": "", "config": "probe"}
    return {"_id": key, "uid": key, PROVENANCE: ours}
