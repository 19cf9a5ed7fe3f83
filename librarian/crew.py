"""Which thread serves a connection? One of a crew: a few, and more where these are held up.

Few threads take turns at the interpreter's lock more cheaply than many, and hold fewer bodies in
memory at one time; but each slow sender keeps one. So there are a few at first. Where somebody has
waited for longer than work takes, more are made: at once in place of those that wait for senders,
and one after the other where it is the work that takes long. Of a store that answers late more can
be asked at one time; a disk that stands still for a moment is not faster for it. They end when they
are wanted no more.

Where the host allows no more of them, those that there are go on.

A pool of the standard library makes as many as it may at once, and for each piece of work a future
with a lock and a condition of its own, for somebody who waits for it; here nobody does.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

log = logging.getLogger(__name__)
FEW = 12
"""Threads that are made as soon as there is work for them."""
LATE = 0.25
"""Seconds that work waits before there are more than a few threads for it, and seconds between two
that are made because work takes long."""
GLANCE = 0.02
"""Seconds until one looks again whether those that were made wait for their senders, too."""


class Crew:
    """At most so many threads that do `work` for one thing after the other."""

    def __init__(
        self, most: int, work: Callable[[Any], None], held: Callable[[], int] = int
    ) -> None:
        """`held` tells how many of its threads wait for senders at this moment."""
        self._most, self._work, self._held = most, work, held
        self._due: SimpleQueue[Any] = SimpleQueue()
        self._since: deque[float] = deque()
        self._lock = threading.Lock()
        self._free = self._count = 0
        self._grown = 0.0
        self._short = False

    def serve(self, thing: object) -> None:
        """Have a thread do the work for it, as soon as one is free."""
        self._since.append(time.monotonic())
        with self._lock:
            self._free -= 1
        self._due.put(thing)
        self._grow()

    def grow(self) -> None:
        """Make threads for what has waited too long; to be called when its patience is over."""
        while self._grow():
            pass

    @property
    def waited_for(self) -> bool:
        """Whether there is more to be done than there are threads free for it."""
        return not self._due.empty()

    @property
    def patience(self) -> float:
        """Seconds after which it may have to grow, if nothing else happens."""
        if not self.waited_for or self._count >= self._most:
            return math.inf
        return GLANCE if self._is_late() else LATE

    def shutdown(self, *, wait: bool) -> None:  # noqa: ARG002 - gunicorn never waits
        """Let each thread end when it is done."""
        for _ in range(self._count):
            self._due.put(None)

    def _grow(self) -> bool:
        """Make one more thread where one is wanted; say whether it was."""
        with self._lock:
            if self._free >= 0 or self._count >= self._most:
                return False
            if self._count >= FEW:
                if not self._is_late():
                    return False
                now = time.monotonic()
                if self._count - self._held() >= FEW and now - self._grown < LATE:
                    return False
                self._grown = now
            self._count += 1
            self._free += 1
        try:
            threading.Thread(target=self._run, name=f"crew-{self._count}").start()
        except RuntimeError as error:  # the host allows no more, now; it may later
            with self._lock:
                self._count -= 1
                self._free -= 1
                short, self._short = self._short, True
            if not short:
                log.warning("%d threads serve, and no more can be had: %s", self._count, error)
            return False
        self._short = False
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
                if self._free >= FEW and self._count > FEW:
                    self._count -= 1
                    return
                self._free += 1
