"""Which process lets a newcomer in? One that has no more connections than any other.

All processes wait at the same socket, and who wakes first takes what comes: of 64 clients that keep
their connections, one of two processes had 55. So a process that has more than another leaves a
newcomer to that one for a moment. Nobody relies on anybody: what is still there after the moment is
let in by whoever sees it, and who has told nothing for a while (it is stuck, or dead) is not
believed to be there.
"""

import mmap
import time

from librarian.claims import Claims

MOMENT = 0.01
"""Seconds for which a newcomer is left to a process that has fewer connections."""
LOOK = 0.001
"""Seconds after which a process that leaves newcomers to others looks again whether it should."""
BELIEVED = 3.0
"""Seconds for which it is believed what a process has told; it tells each second at least."""
NEVER = float("-inf")
SIZE = 8
"""Bytes of a number (IEEE 754 double), which is read and written at once."""


class Counts:
    """How many connections each process has, in memory that they share.

    It is made before the processes are forked. Two numbers for each: how many, and when that was
    told (seconds of the system's clock that never goes back, the same for all processes).
    """

    def __init__(self, processes: int) -> None:
        self._claims = Claims()
        # twice as many, for those that end while their successors have begun already
        self._rows = 2 * processes
        self._shared = memoryview(mmap.mmap(-1, self._rows * 2 * SIZE)).cast("d")
        self._place = self._rows
        for place in range(self._rows):
            self._shared[2 * place + 1] = NEVER

    def settle(self) -> None:
        """Take a place for this process; where there is none left it goes without."""
        self._place = self._claims.first()

    def tell(self, count: int) -> None:
        """Tell how many connections this process has."""
        if self._place < self._rows:
            at = 2 * self._place
            self._shared[at], self._shared[at + 1] = count, time.monotonic()

    def end(self) -> None:
        """Have this process forgotten."""
        if self._place < self._rows:
            self._shared[2 * self._place + 1] = NEVER

    def fewer(self, count: int) -> bool:
        """Say whether another process has fewer than so many."""
        since = time.monotonic() - BELIEVED
        told = zip(self._shared[::2], self._shared[1::2], strict=True)
        return any(their < count and at > since for their, at in told)


class Newcomers:
    """Says, in one process, whether newcomers are left to another."""

    def __init__(self, counts: Counts) -> None:
        counts.settle()
        self._counts = counts
        self._since = 0.0
        self._waited = False
        self.left = False
        """Whether they are, at this moment."""

    def leave(self, count: int) -> bool:
        """Say whether to leave the one that waits to others, as who has so many connections."""
        self._counts.tell(count)
        self.left = not self._waited and self._counts.fewer(count)
        self._waited = False
        self._since = time.monotonic()
        return self.left

    def end(self) -> None:
        """Tell that this process leaves nobody to others any more, and others none to it."""
        self._counts.end()
        self.left = False

    def look(self, count: int) -> None:
        """Tell how many connections this process has; leave nobody to others for too long."""
        self._counts.tell(count)
        if self.left:
            self._waited = time.monotonic() - self._since > MOMENT
            self.left = not self._waited and self._counts.fewer(count)
