"""Who delivers what waits in the spool? One thread of one process of the machine, in order.

Its processes elect one by a lock, which another has at once when it dies. Where a store is down the
whole line waits, longer each time; a record that its stores refuse twice although they answer
stands aside for a while and holds up nobody. To deliver twice is safe: see Commit.deliver.
"""

import logging
import random
import threading
import time
from collections.abc import Iterator
from typing import Literal

from librarian.commit import Commit
from librarian.spool import Corrupt, Spool, uid_of, waits_since
from librarian.stage import KEY_REUSED, Failure, StoreError

log = logging.getLogger(__name__)
End = Literal["delivered", "duplicate", "dead", "waits", "gone"]
IDLE = 0.5
"""Seconds between two looks at an empty spool, and at who delivers."""
FIRST, LONGEST = 0.5, 30.0
"""Seconds of the first pause where a store is down; it doubles until the longest."""
ASIDE = 60.0
"""Seconds for which a refused record stands aside."""
MOST_REFUSED = 3
"""Refused records in a row after which the line waits although the stores seem to answer."""
SWEPT = 3600.0
"""Seconds between two looks at what is dead, for what another machine withdrew."""


class Deliverer:
    """Delivers at intervals, if this process is the one elected."""

    def __init__(self, spool: Spool, commit: Commit) -> None:
        self._spool, self._commit = spool, commit
        self._stopping = threading.Event()
        self._aside: dict[str, float] = {}
        self._suspect = ""

    def start(self) -> None:
        """Begin, in a thread of this process; to be called after any fork."""
        threading.Thread(target=self._run, name="deliverer", daemon=True).start()

    def stop(self) -> None:
        """End after the record that is being delivered."""
        self._stopping.set()

    def round(self) -> Iterator[tuple[str, End]]:
        """Deliver what waits, in order, until a store is down; say what became of each.

        Raises StoreError where the spool itself cannot be read or written.
        """
        waiting = self._spool.names()
        now = time.monotonic()
        self._aside = {n: t for n, t in self._aside.items() if t > now}
        refused = 0
        for name in waiting:
            if name in self._aside:
                continue
            end = self.deliver(name)
            yield name, end
            if end != "waits":
                refused = 0
                continue
            refused += 1
            if refused >= MOST_REFUSED or not self._stores_answer():
                return
            if name != self._suspect:
                self._suspect = name  # its store may have come back just now: once more
                return
            self._aside[name] = time.monotonic() + ASIDE

    def sweep(self) -> None:
        """Remove what is dead and was withdrawn, wherever that was done. Raises StoreError."""
        for name in self._spool.buried():
            try:
                if self._commit.is_withdrawn(uid_of(name)):
                    self._spool.clear(name)
            except Failure:
                return  # the store does not answer; the next look will see

    def deliver(self, name: str) -> End:
        """Deliver one record, and say what became of it. Raises StoreError, of the spool alone."""
        with self._spool.in_hand():
            try:
                entry = self._spool.read(name)
            except Corrupt as error:
                self._bury(name, "corrupt", f"The file is damaged: {error}.")
                return "dead"
            if entry is None:
                return "gone"
            given = entry.record, entry.flags, entry.config, entry.attempt
            try:
                stored = self._commit.deliver(*given)
            except Failure as failure:
                said = failure.problems[0].message
                if failure.stage is KEY_REUSED:
                    reason = KEY_REUSED.slug
                elif time.time() - waits_since(name) > self._spool.config.max_age:
                    reason, said = "too-old", f"No store took it in time: {failure.stage.slug}."
                else:
                    return "waits"
                self._commit.abandon(entry.record, entry.attempt)
                self._bury(name, reason, said)
                return "dead"
            except Exception:  # a bug that one record meets must not hold up the others
                log.exception("a bug met the spooled record of %s", uid_of(name))
                return "waits"
            if not stored:
                self._commit.abandon(entry.record, entry.attempt)
            self._spool.remove(name)
            return "delivered" if stored else "duplicate"

    def _bury(self, name: str, reason: str, said: str) -> None:
        log.error("the spooled record of %s is dead: %s", uid_of(name), reason)
        self._spool.bury(name, reason, said)

    def _stores_answer(self) -> bool:
        if any(step.breaker.resting for step in self._commit.stores):
            return False
        try:
            for step in self._commit.stores:
                step.component.ping()
        except StoreError:
            return False
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._spool.elected() as mine:
                    if mine:
                        self._serve()
            except (StoreError, OSError) as error:
                log.error("the spool cannot be used: %s", error)
            except Exception:  # nobody would deliver anything any more
                log.exception("a bug met the delivery of what waits in the spool")
            self._stopping.wait(_pause(2))

    def _serve(self) -> None:
        """Deliver for as long as this process lives."""
        self._spool.mend()
        failures, swept = 0, -SWEPT
        while not self._stopping.is_set():
            if time.monotonic() - swept >= SWEPT:
                swept = time.monotonic()
                self.sweep()
            waits = False
            for name, end in self.round():
                if end == "waits":
                    waits = True
                else:
                    failures = 0
                    log.debug("the spooled record of %s: %s", uid_of(name), end)
                if self._stopping.is_set():
                    return
            failures = failures + 1 if waits else 0
            self._stopping.wait(_pause(failures) if waits else IDLE)


def _pause(failures: int) -> float:
    """Choose how long to wait after so many failures: twice as long each time, and by chance."""
    longest = min(LONGEST, FIRST * 2 ** min(failures - 1, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311 - so that machines do not march in step
