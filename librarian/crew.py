"""Which thread serves a connection? One of a crew: a few, and more where these are held up.

Few threads take turns at the interpreter's lock more cheaply than many, and hold fewer bodies in
memory at one time; but each slow sender keeps one. So there are a few at first, and one more for
whoever has waited for longer than work takes. A pool of the standard library makes as many as it
may at once, and for each piece of work a future with a lock and a condition of its own, for
somebody who waits for it; here nobody does.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

FEW = 12
"""Threads that are made as soon as there is work for them."""
LATE = 0.25
"""Seconds that work waits before there are more than a few threads for it."""


class Crew:
    """At most so many threads that do `work` for one thing after the other."""

    def __init__(self, most: int, work: Callable[[Any], None]) -> None:
        self._most, self._work = most, work
        self._due: SimpleQueue[Any] = SimpleQueue()
        self._since: deque[float] = deque()
        self._lock = threading.Lock()
        self._free = self._count = 0

    def serve(self, thing: object) -> None:
        """Have a thread do the work for it, as soon as one is free."""
        self._since.append(time.monotonic())
        with self._lock:
            self._free -= 1
        self._due.put(thing)
        self._grow()

    def grow(self) -> None:
        """Make a thread for each thing that has waited too long; to be called now and then."""
        while self._grow():
            pass

    @property
    def waited_for(self) -> bool:
        """Whether there is more to be done than there are threads free for it."""
        return not self._due.empty()

    def shutdown(self, *, wait: bool) -> None:  # noqa: ARG002 - gunicorn never waits
        """Let each thread end when it is done."""
        for _ in range(self._count):
            self._due.put(None)

    def _grow(self) -> bool:
        """Make one more thread where one is wanted; say whether it was."""
        with self._lock:
            if self._free >= 0 or self._count >= self._most:
                return False
            if self._count >= FEW and not self._is_late():
                return False
            self._count += 1
            self._free += 1
        threading.Thread(target=self._run, name=f"crew-{self._count}").start()
        return True

    def _is_late(self) -> bool:
        """Say whether what waits longest waits too long."""
        try:
            return time.monotonic() - self._since[0] > LATE
        except IndexError:
            return False  # a thread has taken it at this moment

    def _run(self) -> None:
        while (thing := self._due.get()) is not None:
            self._since.popleft()
            self._work(thing)
            with self._lock:
                self._free += 1
