"""How many records are in each state just now? Asked of the store again after a moment only.

A store that cannot count is read whole for it; so the longer an answer took, the longer it is
believed, and no more than a twentieth of the time is spent on counting.
"""

import time
from collections.abc import Mapping
from threading import Lock

from librarian.collection import STATES, Collection, Selection

FRESH = 2.0
"""Seconds for which an answer is believed at least."""
TIMES = 20
"""How many times as long as it took an answer is believed."""


class Standing:
    """The counts of one collection, in one process."""

    def __init__(self, collection: Collection) -> None:
        self._collection, self._lock = collection, Lock()
        self._known: Mapping[str, int] = {}
        self._until = 0.0

    def now(self) -> Mapping[str, int]:
        """Give how many records are in each state. Raises StoreError."""
        with self._lock:
            began = time.monotonic()
            if began >= self._until:
                self._known = {
                    state: self._collection.count(Selection(states=frozenset({state})))
                    for state in STATES
                }
                ended = time.monotonic()
                self._until = ended + max(FRESH, TIMES * (ended - began))
            return self._known

    def forget(self) -> None:
        """Let the next question be asked anew, for a state was changed here."""
        with self._lock:
            self._until = min(self._until, time.monotonic() + FRESH)
