"""Which thread serves a connection? Any of a crew, which grows as long as all of it is busy.

A pool of the standard library makes a future for each piece of work, with a lock and a condition of
its own, for somebody who waits for it; here nobody does.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any


class Crew:
    """At most so many threads that do `work` for one thing after the other."""

    def __init__(self, most: int, work: Callable[[Any], None]) -> None:
        self._most, self._work = most, work
        self._due: SimpleQueue[Any] = SimpleQueue()
        self._lock = threading.Lock()
        self._free = self._count = 0

    def serve(self, thing: object) -> None:
        """Have a thread do the work for it, as soon as one is free."""
        with self._lock:
            self._free -= 1
            grows = self._free < 0 and self._count < self._most
            if grows:
                self._count += 1
                self._free += 1
        self._due.put(thing)
        if grows:
            threading.Thread(target=self._run, name=f"crew-{self._count}").start()

    @property
    def waited_for(self) -> bool:
        """Whether there is more to be done than there are threads free for it."""
        return not self._due.empty()

    def shutdown(self, *, wait: bool) -> None:  # noqa: ARG002 - gunicorn never waits
        """Let each thread end when it is done."""
        for _ in range(self._count):
            self._due.put(None)

    def _run(self) -> None:
        while (thing := self._due.get()) is not None:
            self._work(thing)
            with self._lock:
                self._free += 1
