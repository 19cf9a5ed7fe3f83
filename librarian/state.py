"""Which states can a record be in, and what is told of each change? One vocabulary, one trail.

    received   nobody has looked at it yet; a record that names no state is that
    flagged    a validator that only marks, a rule or a person has doubts
    approved   it is good
    rejected   it is not, for a reason; exports leave it out

What is withdrawn is no record any more. A tombstone stands in its place, so that whoever sends it
again under its key does not store it again: uid and time, no label, no data, no hash.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from librarian import moment, strictjson
from librarian.record import PROVENANCE

State = Literal["received", "flagged", "approved", "rejected"]
What = Literal["received", "flagged", "approved", "rejected", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
AMENDABLE = frozenset({"state", "reason", "flags", "amended"})
"""Members of `_librarian` that may change after the commit."""
WITHDRAWN = "withdrawn_at"
"""The member of `_librarian` by which a tombstone is known."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What one record is to be from now on, and on whose word."""

    state: State
    reason: str = ""
    by: str = ""
    """A key's scope, a contributor's word, `command line`, or the name of a rule."""
    flags: Sequence[Mapping[str, Any]] | None = None
    """The flags from now on; None leaves them as they are."""
    at: str = field(default_factory=moment.now)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit trail: who made what of a record, when, and what it was before."""

    uid: str
    what: What
    by: str
    at: str
    before: str = ""
    """The state that it was in; `from` where it is written."""
    reason: str = ""

    @property
    def told(self) -> dict[str, str]:
        """The event as it is written: `at`, `uid`, `by`, `what`, `from`, `reason`."""
        return {
            "at": self.at,
            "uid": self.uid,
            "by": self.by,
            "what": self.what,
            "from": self.before,
            "reason": self.reason,
        }

    @property
    def content(self) -> bytes:
        """The event as one line of JSON."""
        return strictjson.dumps(self.told)


def event(told: Mapping[str, Any]) -> Event:
    """Read an event as it was written."""
    values = {name: str(told.get(name, "")) for name in ("uid", "what", "by", "at", "reason")}
    return Event(before=str(told.get("from", "")), **values)  # type: ignore[arg-type]


def state_of(whole: Mapping[str, Any]) -> State:
    """Tell the state of a label record; one that says none is flagged if a validator marked it."""
    ours = whole[PROVENANCE]
    said = ours.get("state")
    if said in STATES:
        return said  # type: ignore[no-any-return]
    return "flagged" if ours.get("flags") else "received"


def amended(whole: Mapping[str, Any], amendment: Amendment) -> dict[str, Any]:
    """Give a label record as an amendment makes it."""
    set_, unset = changes(amendment)
    ours = {name: value for name, value in whole[PROVENANCE].items() if name not in unset}
    return {**whole, PROVENANCE: {**ours, **set_}}


def changes(amendment: Amendment) -> tuple[dict[str, Any], frozenset[str]]:
    """Give the members of `_librarian` that an amendment sets, and those that it removes."""
    wanted: dict[str, Any] = {
        "state": amendment.state,
        "reason": amendment.reason,
        "amended": {"at": amendment.at, "by": amendment.by},
    }
    if amendment.flags is not None:
        wanted["flags"] = [dict(each) for each in amendment.flags]
    kept = {name: value for name, value in wanted.items() if value}
    return kept, frozenset(wanted) - frozenset(kept)


def told_of(uid: str, amendment: Amendment, before: State) -> Event:
    """Make the event that tells of an amendment."""
    return Event(uid, amendment.state, amendment.by, amendment.at, before, amendment.reason)


def tombstone(uid: str, at: str) -> dict[str, Any]:
    """Make what stands under the uid of a withdrawn record."""
    return {"_id": uid, "uid": uid, PROVENANCE: {WITHDRAWN: at}}


def is_tombstone(whole: Mapping[str, Any]) -> bool:
    """Say whether what stands under a uid tells that its record was withdrawn."""
    ours = whole.get(PROVENANCE)
    return isinstance(ours, Mapping) and WITHDRAWN in ours


def is_buried(content: bytes) -> bool:
    """Say so of what a store gives, whatever that is."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, Mapping) and is_tombstone(found)
