"""Is the whole service about to end? One byte of memory that all its processes share.

It is made before the processes are forked. A worker that ends alone (it is replaced, or there are
to be fewer) changes nothing of it, for others go on.
"""

import mmap
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stopping:
    """Said once, by the first process, and seen by all at once."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)
        self._lock = threading.Lock()
        self._thread = threading.local()
        self.under_way = 0
        """Requests of this process that came before the end and are not finished yet."""

    def begin(self) -> None:
        """Say that the service ends."""
        self._shared[0] = 1

    @property
    def begun(self) -> bool:
        """Whether the service ends."""
        return self._shared[0] == 1

    @contextmanager
    def request(self) -> Iterator[None]:
        """Serve one request in this thread; one that comes before the end is to be finished."""
        if self.begun:
            yield
            return
        self._count(1)
        self._thread.came_before = True
        try:
            yield
        finally:
            self._thread.came_before = False
            self._count(-1)

    @property
    def refuses(self) -> bool:
        """Whether the request of this thread came too late."""
        return self.begun and not getattr(self._thread, "came_before", False)

    def _count(self, more: int) -> None:
        with self._lock:
            self.under_way += more
