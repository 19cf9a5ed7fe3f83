"""Who settles what killed workers left? One thread of one process of the machine, now and then.

A store may still do what an attempt asked of it last: a host that was out of reach gets what was
sent to it some time after it is back. So an attempt is looked at three times, each time after as
long again as it is old: first whether its mark is there, then to undo it, then to undo what came
after that.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from librarian.commit import Commit
from librarian.commit.journal import Left

log = logging.getLogger(__name__)
INTERVAL = 5.0
"""Seconds between two looks into the journal."""
LATE = 5.0
"""Seconds after its time is up in which an attempt is left alone."""
LOOKS = 3
LONGEST = 20.0
"""Seconds between two looks at one attempt, at most."""
OLD = 600.0
"""Seconds after which no store does anything any more that an attempt asked for."""


class Settler:
    """Looks into the journal at the start and at intervals; the machine's processes elect one."""

    def __init__(self, commit: Commit, clock: Callable[[], float] = time.time) -> None:
        self._commit, self._clock = commit, clock
        self._looks: dict[Path, tuple[int, float]] = {}
        """How often each was looked at, and when to look again."""
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin, in a thread of this process; to be called after any fork."""
        if self._commit.journal is not None:
            threading.Thread(target=self._run, name="settler", daemon=True).start()

    def stop(self) -> None:
        """End after the look that is under way."""
        self._stopping.set()

    def settle(self) -> int:
        """Look once, if no other process does, and say how many intents are settled by that."""
        journal = self._commit.journal
        settled = 0
        if journal is None:
            return settled
        journal.leave_late()
        with journal.elected() as mine:
            for left in journal.left() if mine else ():
                settled += self._settled(left)
        return settled

    def _settled(self, left: Left) -> bool:
        """Settle one attempt, if it is time; say whether it is settled now."""
        try:
            if not self._ended(left):
                return False
            left.settled()
        except Exception:  # what one attempt meets must not hold up the others
            log.exception("an attempt at %s could not be settled", left.intent["uid"])
            looks, _ = self._looks.get(left.path, (0, 0.0))
            self._looks[left.path] = looks, self._clock() + OLD
            return False
        self._looks.pop(left.path, None)
        return True

    def _ended(self, left: Left) -> bool:
        """Look at one attempt, if it is time; say whether nothing of it can come any more."""
        now, began = self._clock(), left.intent["at"]
        looks, due = self._looks.get(left.path, (0, began + self._commit.seconds + LATE))
        if now < due:
            return False
        old = now - began > OLD
        end = self._commit.settle(left.intent, undo=old or looks > 0)
        if end == "later":
            return False
        self._looks[left.path] = looks + 1, now + min(now - began, LONGEST)
        if end == "undone" and not (old or looks + 1 == LOOKS):
            return False
        if end == "undone":
            log.warning("undid what an attempt at %s had left", left.intent["uid"])
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.settle()
            except OSError as error:
                log.error("the journal could not be read: %s", type(error).__name__)
            except Exception:  # nobody would settle anything any more
                log.exception("a bug met the settling of what is left open")
            self._stopping.wait(INTERVAL)
