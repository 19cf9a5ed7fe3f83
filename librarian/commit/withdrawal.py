"""How is a record taken back? The mark first, so that no record is ever without its data.

    journal -> a tombstone in place of the mark -> outbox, spool, copies, data -> nothing is left

From the moment the tombstone stands, the record is gone for everybody who reads, and it cannot come
back: the mark's place is taken for good, so whoever sends it again under its key is told that it
was withdrawn. That costs no look at anything when records are stored. What a store does not remove
at once, because it does not answer or because the process is killed, is removed from the journal.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from librarian import moment, state
from librarian.chain import Step
from librarian.commit.journal import Intent
from librarian.commit.plan import Plan, stored
from librarian.commit.waiting import Kept
from librarian.component import Amends
from librarian.record import LABELS, PROVENANCE, Document, Stored, label_record
from librarian.stage import Exists
from librarian.state import Event

KIND = "withdrawal"
"""The member of an intent that tells a withdrawal from an attempt at storing."""
WAITED = "waited"
"""The member that names the attempts which were not stored yet."""

SETTLED = 600.0
"""Seconds after which a record that still stands was not withdrawn: no store does it any more."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What became of a withdrawal: the record is gone, and its data are, or will be."""

    uid: str
    finished: bool = True
    """False: a store did not answer; what lies there is removed as soon as it does."""
    elsewhere: tuple[str, ...] = ()
    """The kinds of stores that hold data of it and are configured no more: nobody removes those."""


def told(uid: str, whole: Mapping[str, Any] | None, by: str, reason: str) -> Event:
    """Make the event that tells of a withdrawal; what waits in the spool has no state yet."""
    before = "" if whole is None else state.state_of(whole)
    return Event(uid, "withdrawn", by, moment.now(), before, reason)


def intent(
    plan: Plan, whole: Mapping[str, Any] | None, event: Event, waiting: Sequence[Kept]
) -> Intent:
    """Say what is to be removed once the tombstone stands; what waiting attempts wrote, too."""
    ours = {} if whole is None else whole[PROVENANCE]
    writes = [[s.path, s.component.name_of(event.uid, ".json")] for s in plan.copies]
    writes += [[path, name] for path, name in _data(plan, ours)]
    for each in waiting:
        deposits = plan.deposits(each.record, each.attempt)
        writes += [[step.path, stored(step, d).name] for step, d in plan.writes(deposits)]
    return {
        "uid": event.uid,
        "attempt": ours.get("attempt", ""),
        "at": time.time(),
        "writes": writes,
        KIND: event.told,
        WAITED: [each.attempt.token for each in waiting],
    }


def elsewhere(plan: Plan, whole: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Name the kinds of stores that hold data of a record and are configured no more."""
    if whole is None:
        return ()
    known = {step.component.name for step in plan.data}
    kinds = {p["actor"] for item in whole[PROVENANCE]["data"] for p in item.get("stored", ())}
    return tuple(sorted(kinds - known))


def bury(mark: Step, event: Event) -> bool:
    """Put a tombstone under the uid, in place of a record; False where something else stands there.

    A store that cannot amend has the record removed and the tombstone created; between the two,
    another may store it anew, which is then for another withdrawal. Raises StoreError.
    """
    if isinstance(mark.component, Amends):
        with mark.breaker:
            return mark.component.withdraw(event.uid, event)
    name = mark.component.name_of(event.uid, ".json")
    found = mark.fetch(name)
    if found is not None:
        if label_record(found) is None:
            return False
        mark.undo(Stored(mark.component.name, name))
    try:
        mark.act(event.uid, Document(LABELS, state.tombstone(event.uid, event.at)))
    except Exists:
        return False
    return True


def _data(plan: Plan, ours: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield where the data of a record may lie: the path of each step, and the name there."""
    for item in ours.get("data", ()):
        for place in item.get("stored", ()):
            for step in plan.data:
                if step.component.name == place["actor"] and step.input in ("", item.get("tag")):
                    yield step.path, place["name"]
