"""When are the records read again for their figures? Now and then, by a thread of its own.

One reading at a time in a process, however many look; and the longer it took, the longer it is
believed, so that no more than a tenth of the time is spent on reading. Who asks while there is
nothing yet is told how far it is.
"""

import logging
import time
from dataclasses import dataclass
from threading import Condition, Thread

from librarian.collection import Collection, Selection
from librarian.figures.crop import Crops
from librarian.figures.tally import Tally
from librarian.stage import StoreError

log = logging.getLogger(__name__)
FRESH = 10.0
"""Seconds for which figures are believed at least."""
TIMES = 10
KEPT = 4
"""Selections whose figures are remembered."""
BREATH = 500
"""Records after which others of this process get their turn."""


@dataclass
class Reckoning:
    """The figures of one selection: those that are known, and how far the reading is."""

    tally: Tally | None = None
    at: float = 0.0
    """When they were known, as Unix time."""
    until: float = 0.0
    read: int = 0
    reading: bool = False
    fault: str = ""


class Reckoner:
    """The figures of one collection, in one process."""

    def __init__(self, collection: Collection, crops: Crops) -> None:
        self._collection, self._crops = collection, crops
        self._changed = Condition()
        self._known: dict[Selection, Reckoning] = {}

    def figures(self, selection: Selection, patience: float) -> Reckoning:
        """Give the figures of a selection, waiting some seconds where there are none yet."""
        with self._changed:
            found = self._known.pop(selection, None) or Reckoning()
            self._known[selection] = found  # the one that was asked for last stands last
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
            busy = any(each.reading for each in self._known.values())
            if time.monotonic() >= found.until and not busy:
                found.reading, found.read, found.fault = True, 0, ""
                try:
                    Thread(target=self._read, args=(selection, found), daemon=True).start()
                except RuntimeError as error:  # the host allows no more, now; it may later
                    log.error("the records cannot be counted: %s", error)
                    found.reading, found.fault = False, "There is too much to do just now."
            self._changed.wait_for(lambda: found.tally or found.fault, patience)
            return found

    def _read(self, selection: Selection, found: Reckoning) -> None:
        began = time.monotonic()
        tally, fault = Tally(self._crops), ""
        try:
            for entry in self._collection.select(selection):
                tally.add(entry)
                found.read = tally.records
                if tally.records % BREATH == 0:
                    time.sleep(0.001)
        except StoreError as error:
            log.error("the records cannot be counted: %s", error)
            fault = "The stores do not answer just now."
        finally:
            with self._changed:
                took = time.monotonic() - began
                found.until = time.monotonic() + max(FRESH, TIMES * took)
                found.reading, found.fault = False, fault
                if not fault:
                    found.tally, found.at = tally, time.time()
                self._changed.notify_all()
