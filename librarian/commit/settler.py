"""Who settles what killed workers left? One thread of one process of the machine, now and then."""

import logging
import threading

from librarian.commit import Commit

log = logging.getLogger(__name__)
INTERVAL = 5.0
"""Seconds between two looks into the journal."""


class Settler:
    """Looks into the journal at the start and at intervals; the machine's processes elect one."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin, in a thread of this process; to be called after any fork."""
        if self._commit.journal is not None:
            threading.Thread(target=self._run, name="settler", daemon=True).start()

    def stop(self) -> None:
        """End after the look that is under way."""
        self._stopping.set()

    def settle(self) -> int:
        """Look once, if no other process does, and say how many intents could be settled."""
        journal = self._commit.journal
        settled = 0
        if journal is None:
            return settled
        with journal.elected() as mine:
            for left in journal.left() if mine else ():
                if self._commit.settle(left.intent):
                    left.settled()
                    settled += 1
        return settled

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.settle()
            except OSError as error:
                log.error("the journal could not be read: %s", type(error).__name__)
            self._stopping.wait(INTERVAL)
