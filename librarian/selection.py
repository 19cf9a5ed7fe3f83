"""Which label records are meant, and from where on? What every store is asked, and how it answers.

A store may look up what it can; what it gives is measured by `Selection.fits` in any case, so that
all stores answer alike. The order is always (`_librarian.received_at`, uid).
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from librarian import moment, paths, strictjson, uid
from librarian.record import PROVENANCE
from librarian.state import STATES, State, state_of

RESERVED = frozenset({"_id", "uid", PROVENANCE})


@dataclass(frozen=True, slots=True)
class Where:
    """A label and the JSON values that it may have; `box.x` means member x of box."""

    name: str
    values: tuple[Any, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """The path to the label."""
        return paths.path_of(self.name)

    def holds(self, whole: Mapping[str, Any]) -> bool:
        """Say whether a label record has one of the values; 1 is 1.0, but neither "1" nor true."""
        found = paths.find(whole, self.path)
        return found is not paths.ABSENT and any(strictjson.same(found, v) for v in self.values)

    @classmethod
    def read(cls, text: str) -> "Where":
        """Read `mood=happy`; what could be JSON is that too: `x=1` is 1 and "1".

        Raises ValueError.
        """
        name, sign, value = text.partition("=")
        if not sign:
            raise ValueError(f"“{text[:60]}” is no label and value; write mood=happy")
        paths.checked([name])
        if name.partition(".")[0] in RESERVED:
            raise ValueError(f"“{name}” is no label")
        try:
            return cls(name, (value, strictjson.loads(value)))
        except strictjson.NotJson:
            return cls(name, (value,))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which label records are meant: those that fit everything that is said."""

    states: frozenset[State] = frozenset(STATES)
    since: str = ""
    """The first moment at which they were received, as they are written; empty: any."""
    until: str = ""
    """The first moment at which they were not any more."""
    where: tuple[Where, ...] = ()
    contributor: str = ""

    def fits(self, whole: Mapping[str, Any]) -> bool:
        """Say whether a label record is meant."""
        ours = whole[PROVENANCE]
        at = ours["received_at"]
        return (
            state_of(whole) in self.states
            and at >= self.since
            and (not self.until or at < self.until)
            and (not self.contributor or ours.get("contributor") == self.contributor)
            and all(each.holds(whole) for each in self.where)
        )

    @property
    def any_state(self) -> bool:
        """Whether the state does not matter."""
        return self.states >= frozenset(STATES)

    @classmethod
    def read(
        cls,
        states: Iterable[str] = (),
        since: str = "",
        until: str = "",
        where: Iterable[str] = (),
        contributor: str = "",
    ) -> "Selection":
        """Read what a person or a client wrote. Raises ValueError, in words that they understand.

        States: none is all, `not-rejected` all but that one. Moments: RFC 3339, or a date alone;
        without a zone it is UTC.
        """
        wanted: set[State] = set()
        for each in states:
            if each == "not-rejected":
                wanted |= {state for state in STATES if state != "rejected"}
            elif each in STATES:
                wanted.add(each)
            else:
                raise ValueError(f"“{each[:40]}” is no state; there are {', '.join(STATES)}")
        return cls(
            frozenset(wanted or STATES),
            moment_of(since),
            moment_of(until),
            tuple(Where.read(each) for each in where),
            contributor,
        )


class Cursor(NamedTuple):
    """A place in the order: what comes after it is still to be read."""

    received_at: str
    uid: str

    @property
    def text(self) -> str:
        """The place as a text that says nothing to others, fit for a URL."""
        return base64.urlsafe_b64encode(json.dumps(self).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Read such a text. Raises ValueError."""
        try:
            at, own = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if isinstance(at, str) and isinstance(own, str) and uid.ALONE.fullmatch(own):
                return cls(at, own)
        except (ValueError, TypeError, RecursionError):
            pass
        raise ValueError("this is no cursor that was given out here")

    @classmethod
    def of(cls, whole: Mapping[str, Any]) -> "Cursor":
        """Give the place of a label record."""
        return cls(whole[PROVENANCE]["received_at"], whole["_id"])


def moment_of(text: str) -> str:
    """Read a moment and write it as records do; empty stays empty. Raises ValueError."""
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text.strip())
        return moment.written((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, OSError):
        message = f"“{text[:40]}” is no moment; write 2026-11-23 or 2026-11-23T10:00:00Z"
        raise ValueError(message) from None
