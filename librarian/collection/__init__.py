"""What has been collected? Looked at, reviewed and withdrawn here, whatever stores keep it.

The label store that is the commit mark says which records there are, in which order and in which
state; each record says where its data lie. What a store cannot look up by itself is read whole,
sorted on the disk, and measured here (`librarian/collection/whole.py`).
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Self

from librarian.chain import Step
from librarian.collection import data, whole
from librarian.collection.data import Changed, Missing
from librarian.collection.entry import Entry
from librarian.commit import Commit, Withdrawn
from librarian.component import Amends, Scans, Selects
from librarian.record import label_record
from librarian.selection import Cursor, Selection, Where
from librarian.state import STATES, Amendment, Event, State

__all__ = [
    "STATES",
    "Changed",
    "Collection",
    "Cursor",
    "Entry",
    "Event",
    "Fixed",
    "Missing",
    "Selection",
    "State",
    "Where",
    "Withdrawn",
]


class Fixed(Exception):
    """The label store only creates and removes: no state can be given to its records."""


class Collection:
    """The records of one service, for their owner."""

    def __init__(self, commit: Commit, mark: Step) -> None:
        self._commit, self._mark = commit, mark

    @classmethod
    def of(cls, commit: Commit) -> Self | None:
        """Open the collection of a service; None where no label store can be read."""
        mark = commit.mark
        return cls(commit, mark) if mark and isinstance(mark.component, Scans) else None

    @property
    def amends(self) -> bool:
        """Whether records can be given a state."""
        return isinstance(self._mark.component, Amends)

    def select(
        self,
        selection: Selection = Selection(),  # noqa: B008 - frozen
        after: Cursor | None = None,
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Yield the records that fit, in constant memory; `limit` is the most that are given.

        After a record's `cursor` reading goes on without losing or doubling one that was there.
        Raises StoreError.
        """
        store = self._mark.component
        if isinstance(store, Selects):
            found = store.select(selection, after, newest_first=newest_first, limit=limit)
        else:
            found = whole.select(store.scan(), selection, after, newest_first=newest_first)
        yield from islice(filter(None, map(_entry, found)), limit)

    def count(self, selection: Selection = Selection()) -> int:  # noqa: B008 - frozen
        """Count the records that fit; where the store cannot, every record is read.

        Raises StoreError.
        """
        store = self._mark.component
        counted = store.count(selection) if isinstance(store, Selects) else None
        return sum(1 for _ in self.select(selection)) if counted is None else counted

    def get(self, uid: str) -> Entry | None:
        """Give one record, None where there is none, or none any more. Raises StoreError."""
        found = self._mark.fetch(self._mark.component.name_of(uid, ".json"))
        return None if found is None else _entry(found)

    def read(self, entry: Entry, item: Mapping[str, Any]) -> bytes:
        """Give the bytes of one piece of a record's data, their hash verified.

        They come from the first store that has them. Raises Missing, Changed, StoreError.
        """
        return data.read(self._commit.data, entry.uid, item)

    def amend(self, uid: str, state: State, *, by: str, reason: str = "") -> Event | None:
        """Give a record a state, and note who did; None where there is no such record.

        Raises Fixed, StoreError.
        """
        store = self._mark.component
        if not isinstance(store, Amends):
            raise Fixed(f"{store.name} keeps label records as they are; no state can be changed")
        with self._mark.breaker:
            return store.amend(uid, Amendment(state, reason, by))

    def withdraw(self, uid: str, *, by: str, reason: str = "") -> Withdrawn | None:
        """Take a record back for good, its data too; None where there is none.

        To do so again is safe. Raises Failure (`label-store`), and then it is to be tried again.
        """
        return self._commit.withdraw(uid, by, reason)

    def events(self, uid: str = "") -> Iterator[Event]:
        """Yield who changed what, of one record or of all, oldest first. Raises StoreError."""
        if isinstance(self._mark.component, Amends):
            yield from self._mark.component.events(uid)
        elif self._commit.trail is not None:
            yield from self._commit.trail.events(uid)


def _entry(content: bytes) -> Entry | None:
    found = label_record(content)
    return None if found is None else Entry(found)
