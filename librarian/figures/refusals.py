"""What was turned away, and why? Counts by hour, stage and rule, on this machine; of nobody.

Counted in memory and written by a thread of its own some seconds later, so that no request waits
for it or fails by it. What ends writes what it has; what is killed loses those seconds. Kept for
ninety days, at most a hundred different ones of each hour: whatever comes after them is `other`.
"""

import logging
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import NamedTuple

from librarian import moment
from librarian.disk.database import Database
from librarian.perprocess import PerProcess
from librarian.stage import Failure, StoreError

log = logging.getLogger(__name__)
NAME = "refusals.sqlite"
INTERVAL = 3.0
"""Seconds after which what was counted is written."""
AGAIN = 60.0
"""Seconds after which writing is tried again where it failed."""
KEPT = 90 * 86400
DIFFERENT = 100
"""Different refusals that are told apart in one hour."""
RULE = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
"""What a rule looks like; what a client made up does not get in."""
OTHER = "other"
SCHEMA = """
CREATE TABLE IF NOT EXISTS refusals (
    hour TEXT NOT NULL, stage TEXT NOT NULL, slug TEXT NOT NULL, rule TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (hour, stage, slug, rule)
) WITHOUT ROWID;
"""
FULL = """
SELECT count(*), ifnull(max(stage = ? AND slug = ? AND rule = ?), 0) FROM refusals WHERE hour = ?
"""
ADD = """
INSERT INTO refusals VALUES (?, ?, ?, ?, ?)
ON CONFLICT (hour, stage, slug, rule) DO UPDATE SET count = count + excluded.count
"""


class Refusal(NamedTuple):
    """One kind of refusal in one hour."""

    hour: str
    """Like 2026-11-24T17, in UTC."""
    stage: str
    """The stage whose rule was broken."""
    slug: str
    """The stage that the answer named, of all that were broken the first."""
    rule: str


@dataclass
class _Waiting:
    counts: Counter[Refusal] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)
    writing: Lock = field(default_factory=Lock)
    """Held by who has taken the counts, until they are committed or put back."""
    written: bool = False
    """Whether a thread is on its way to write them."""


class Refusals:
    """The refusals of one machine's services of one data folder."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / NAME, SCHEMA, synchronous="NORMAL")
        self._waiting = PerProcess(_Waiting)

    def note(self, failure: Failure) -> None:
        """Count what one contribution was refused for, each rule once."""
        hour = moment.now()[:13]
        told = {
            Refusal(hour, p.stage, failure.stage.slug, p.rule if RULE.fullmatch(p.rule) else OTHER)
            for p in failure.problems
        }
        waiting = self._waiting.get()
        with waiting.lock:
            for each in told:
                known = each in waiting.counts or len(waiting.counts) < DIFFERENT
                waiting.counts[each if known else each._replace(rule=OTHER)] += 1
            begun, waiting.written = waiting.written, True
        if not begun:
            self._begin(waiting)

    def read(self, since: str = "", until: str = "") -> list[tuple[Refusal, int]]:
        """Give what was counted between two moments, oldest first. Raises StoreError."""
        self.write()
        if not self._database.path.exists():
            return []
        query = "SELECT * FROM refusals WHERE hour >= ? AND (? = '' OR hour < ?) ORDER BY hour"
        with self._database.reading() as database:
            rows = database.execute(query, (since[:13], until, until)).fetchall()
        return [(Refusal(*row[:4]), int(row[4])) for row in rows]

    def write(self) -> None:
        """Write what this process has counted. Raises StoreError, and then it is kept for later.

        A write that is under way is waited for.
        """
        waiting = self._waiting.get()
        with waiting.writing:
            self._write(waiting)

    def _write(self, waiting: _Waiting) -> None:
        with waiting.lock:
            counts, waiting.counts = waiting.counts, Counter()
        if not counts:
            return
        try:
            with self._database.writing() as database:
                for each, count in counts.items():
                    different, known = database.execute(FULL, (*each[1:], each.hour)).fetchone()
                    fits = known or different < DIFFERENT
                    kept = each if fits else each._replace(rule=OTHER)
                    database.execute(ADD, (*kept, count))
                oldest = moment.written(time.time() - KEPT)[:13]
                database.execute("DELETE FROM refusals WHERE hour < ?", (oldest,))
        except StoreError:
            with waiting.lock:
                waiting.counts.update(counts)
            raise

    def end(self) -> None:
        """Write what this process has counted, if it can be; to be called when it ends."""
        self._wrote()

    def _wrote(self) -> bool:
        """Write what this process has counted; say whether it could."""
        try:
            self.write()
        except StoreError as error:
            log.warning("refusals are not written, and counted on in memory: %s", error)
            return False
        return True

    def _begin(self, waiting: _Waiting) -> None:
        """Have them written soon; where the host allows no thread, with a later one."""
        try:
            Thread(target=self._run, args=(waiting,), name="refusals", daemon=True).start()
        except RuntimeError as error:
            log.warning("refusals are not written yet, and counted on in memory: %s", error)
            with waiting.lock:
                waiting.written = False

    def _run(self, waiting: _Waiting) -> None:
        """Write until nothing more is waiting."""
        pause = INTERVAL
        while True:
            time.sleep(pause)
            pause = INTERVAL if self._wrote() else AGAIN
            with waiting.lock:
                if not waiting.counts:
                    waiting.written = False
                    return
