"""On which processor does each process work? On one of its own, where there is one for each.

Threads of one process take turns at the interpreter's lock. On two processors each turn wakes a
thread on the other one, and most find the lock taken again (Beazley, "Understanding the Python
GIL", 2010); on one they follow each other without that. As no process can compute in Python on
more than one, nothing is lost while all are busy.
"""

import os
from collections.abc import Sequence

from librarian.claims import Claims


class Processors:
    """Gives each process one; those of processes that are gone are given again.

    It is made before the processes are forked.
    """

    def __init__(self, usable: Sequence[int]) -> None:
        self._usable = usable
        self._claims = Claims()

    def settle(self) -> int:
        """Keep this process, and the threads it starts from now on, on one; say on which."""
        own = self._usable[self._claims.first() % len(self._usable)]
        os.sched_setaffinity(0, {own})
        return own


def usable() -> tuple[int, ...]:
    """Give the processors that this process may work on; none where the system does not say."""
    if not hasattr(os, "sched_setaffinity"):
        return ()
    return tuple(sorted(os.sched_getaffinity(0)))


def to_share(processes: int) -> Processors | None:
    """Give what shares the processors out; None where processes are to work on any of them."""
    found = usable()
    return Processors(found) if 1 < len(found) <= processes else None
