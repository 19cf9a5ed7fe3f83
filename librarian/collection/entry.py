"""What is seen of one record? Its labels, its data and what became of it, as one frozen view."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from librarian.record import PROVENANCE, Labels
from librarian.selection import RESERVED, Cursor
from librarian.state import State, state_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One label record as its owner sees it."""

    whole: Mapping[str, Any]
    """The label record, as the store has it."""

    @property
    def uid(self) -> str:
        """Its uid, 24 hexadecimal digits."""
        return str(self.whole["_id"])

    @property
    def received_at(self) -> str:
        """When it was received, in UTC to the millisecond (RFC 3339)."""
        return str(self._ours["received_at"])

    @property
    def state(self) -> State:
        """What has become of it: received, flagged, approved or rejected."""
        return state_of(self.whole)

    @property
    def reason(self) -> str:
        """Why it is in this state; empty where nobody said so."""
        return str(self._ours.get("reason", ""))

    @property
    def flags(self) -> tuple[Mapping[str, Any], ...]:
        """What validators or rules found doubtful: `stage`, `rule`, `message` of each."""
        return tuple(self._ours.get("flags", ()))

    @property
    def labels(self) -> Labels:
        """The labels, without what the service wrote beside them."""
        return {name: value for name, value in self.whole.items() if name not in RESERVED}

    @property
    def data(self) -> tuple[Mapping[str, Any], ...]:
        """Its pieces of data: `tag`, `sha256`, `bytes`, `media_type`, `stored` and more of each."""
        return tuple(self._ours["data"])

    @property
    def contributor(self) -> str:
        """The pseudonym that was sent with it; empty where there was none."""
        return str(self._ours.get("contributor", ""))

    @property
    def cursor(self) -> Cursor:
        """Its place in the order: reading goes on after it."""
        return Cursor.of(self.whole)

    def item(self, tag: str) -> Mapping[str, Any] | None:
        """Give the piece of data of a tag, None where it has none."""
        return next((each for each in self.data if each.get("tag") == tag), None)

    @property
    def _ours(self) -> Mapping[str, Any]:
        ours: Mapping[str, Any] = self.whole[PROVENANCE]
        return ours
