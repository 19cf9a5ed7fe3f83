"""How much memory may work take at one time? What it needs is asked for, and waited for, before.

A budget counts for all processes of the service together: what it counts with is made before they
are (the application is loaded first), each has a slot of its own in memory that they share, and
what a killed one held counts no more. Where nobody waits, room is taken and only then counted: of
two who do so at one time each sees the other. One waits at the door, over all processes, so that
small requests never starve a large one. There are two budgets, for two kinds of work, always taken
in this order: bodies taken apart and being stored, then pictures being decoded; so nobody waits in
a circle. For a third, bodies that are still coming, nobody waits: they have the disk instead.
"""

import fcntl
import mmap
import os
import threading
import time
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from librarian import claims
from librarian.perprocess import process as this_process

MIB = 2**20
PATIENCE = 20.0
"""Seconds to wait for memory; hosts cut a request off after 30."""
GLANCE = 0.01
"""Seconds between two looks at whether there is room."""
SLOTS = 16
"""Slots beside two for each worker, one of which its successor may need before it ends."""
PROCESS, BYTES, WAITS, WIDTH = range(4)
"""What stands in a slot: whose it is, how much that holds, whether it waits at the door; and how
many numbers these are."""
LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where a container's own limit stands (cgroups, second and first version)."""
SPARE = 0.72
"""How much of the memory the service may fill; the system and its page cache need the rest."""
STANDING, EACH = 30 * MIB, 30 * MIB
"""What the service takes before any work, and what each process adds to it."""
FOR_COMING, FOR_BODIES, FOR_PICTURES = 1 / 14, 3 / 14, 5 / 7
LEAST = 32 * MIB
MOST = 1024 * MIB
"""Bounds of a budget: with less nothing could be done, and nobody needs more for one process."""
MOST_COMING = 64 * MIB


class Busy(Exception):
    """There was no room for the work within PATIENCE."""


class TooMuch(Exception):
    """The work alone would need more than all the memory that its kind may take."""


class Budget:
    """At most `total` bytes are in use at one time, over all processes of the service."""

    def __init__(self, total: int) -> None:
        self.total, self._count = total, SLOTS
        self._door = threading.Lock()
        self._mine = threading.Lock()
        self._slot: tuple[int, int] = (0, 0)

    @cached_property
    def _slots(self) -> "memoryview[int]":
        """What each process holds; shared with every process made after it."""
        return memoryview(mmap.mmap(-1, self._count * WIDTH * 8)).cast("q")

    @cached_property
    def _file(self) -> int:
        """A file without a name, to be locked."""
        return claims.nameless()

    def share(self, total: int, workers: int) -> None:
        """Begin to count for this process and those it makes from now on."""
        self.total, self._count = total, SLOTS + 2 * workers
        for name in ("_slots", "_sizes", "_waits"):
            self.__dict__.pop(name, None)
        self._slot = 0, 0
        self._slots, self._file  # noqa: B018 - made here, before the fork

    def hold(self, size: int, *, alone: bool = False) -> AbstractContextManager[None]:
        """Wait until there is room, and keep it while the block runs.

        Raises Busy, and TooMuch where it can never be had; `alone` takes all of it then.
        """
        return _Held(self, size, alone=alone)

    def hold_at_once(self, size: int) -> AbstractContextManager[bool]:
        """Keep room while the block runs, if there is some at this moment; say whether."""
        return _HeldAtOnce(self, size)

    def take(self, size: int) -> None:
        """Take room when there is some; whoever takes it gives it back. Raises Busy."""
        if self._taken_unseen(size):
            return
        deadline = time.monotonic() + PATIENCE
        if not self._door.acquire(timeout=PATIENCE):
            raise Busy
        try:
            self._lock(deadline)
            try:
                self._wait_for(size, deadline)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
        finally:
            self._door.release()

    def _wait_for(self, size: int, deadline: float) -> None:
        """Take room at the door; meanwhile nobody takes any past it. Raises Busy."""
        self._add(waits=1)
        try:
            while not self._fits(size):
                _wait(deadline)
            self._add(size)
        finally:
            self._add(waits=0)

    def give_back(self, size: int) -> None:
        """Give room back."""
        self._add(-size)

    def taken_at_once(self, size: int) -> bool:
        """Take room if there is some at this moment; say whether."""
        if size > self.total:
            return False
        if self._taken_unseen(size):
            return True
        if not self._door.acquire(timeout=GLANCE):
            return False
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                if fits := self._fits(size):
                    self._add(size)
                return fits
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
        except (BlockingIOError, PermissionError):
            return False
        finally:
            self._door.release()

    def _taken_unseen(self, size: int) -> bool:
        """Take room past the door, where nobody waits there; say whether there was some."""
        if self._slot[0] != this_process() or self._door.locked() or any(self._waits):
            return False
        self._add(size)
        if sum(self._sizes) <= self.total:
            return True
        self._add(-size)
        return False

    def _lock(self, deadline: float) -> None:
        """Wait at the door, of all processes; of its threads one waits there. Raises Busy."""
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                _wait(deadline)
            else:
                return

    def _fits(self, size: int) -> bool:
        """Say whether there is room; to be called at the door."""
        return self._held() + size <= self.total

    @cached_property
    def _sizes(self) -> "memoryview[int]":
        """What each slot says of bytes."""
        return self._slots[BYTES::WIDTH]

    @cached_property
    def _waits(self) -> "memoryview[int]":
        """What each slot says of waiting."""
        return self._slots[WAITS::WIDTH]

    def _held(self) -> int:
        """Add up what living processes hold; to be called at the door."""
        for at in range(0, len(self._slots), WIDTH):
            process = self._slots[at]
            if process and process != this_process() and not _lives(process):
                for each in (BYTES, WAITS, PROCESS):
                    self._slots[at + each] = 0
        return sum(self._sizes)

    def _add(self, size: int = 0, *, waits: int | None = None) -> None:
        """Write into this process's slot what it holds more, or less, or whether it waits."""
        with self._mine:
            process, at = self._slot
            if process != this_process():
                self._slot = process, at = this_process(), self._free_slot()
                self._slots[at + BYTES] = self._slots[at + WAITS] = 0
                self._slots[at] = process
            self._slots[at + BYTES] += size
            if waits is not None:
                self._slots[at + WAITS] = waits

    def _free_slot(self) -> int:
        """Find a slot that no living process has; called at the door, where each process begins."""
        for at in range(0, len(self._slots), WIDTH):
            if self._slots[at] == 0 or not _lives(self._slots[at]):
                return at
        raise Busy


class _Held:
    """Room that is held while a block runs."""

    __slots__ = ("_budget", "_size")

    def __init__(self, budget: Budget, size: int, *, alone: bool) -> None:
        if size > budget.total and not alone:
            raise TooMuch
        self._budget, self._size = budget, min(size, budget.total)

    def __enter__(self) -> None:
        self._budget.take(self._size)

    def __exit__(self, *_: object) -> None:
        self._budget.give_back(self._size)


class _HeldAtOnce:
    """Room that is held while a block runs, if it could be had at once."""

    __slots__ = ("_budget", "_size", "_there")

    def __init__(self, budget: Budget, size: int) -> None:
        self._budget, self._size = budget, size

    def __enter__(self) -> bool:
        self._there = self._budget.taken_at_once(self._size)
        return self._there

    def __exit__(self, *_: object) -> None:
        if self._there:
            self._budget.give_back(self._size)


COMING, BODIES, PICTURES = Budget(MOST_COMING), Budget(MOST), Budget(MOST)
"""For bodies that come; for those being taken apart and stored; for pictures being decoded."""


def share_out(memory: int, workers: int) -> None:
    """Divide the memory that a service of so many processes may fill, in bytes."""
    room = int(memory * SPARE) - STANDING - EACH * workers
    COMING.share(min(max(int(room * FOR_COMING), 0), MOST_COMING * workers), workers)
    for budget, part in ((BODIES, FOR_BODIES), (PICTURES, FOR_PICTURES)):
        budget.share(min(max(int(room * part), LEAST), MOST * workers), workers)


def of_this_machine() -> int:
    """Tell how much memory this machine has, or its container may use, in bytes."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for place in LIMITS:
        try:
            text = place.read_text("ascii").strip()
        except OSError:
            continue  # there is no such limit here
        if text.isdigit():
            found.append(int(text))
    return min(found)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _wait(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise Busy
    time.sleep(GLANCE)
