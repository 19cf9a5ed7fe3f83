"""When is a store not even asked? For a short time after it failed again and again.

A store that is down would make every request wait for its timeout. After some failures in a row its
callers fail at once, until one call is let through to see whether it is back (Nygard, "Release
It!", Circuit Breaker). Counted in each process for itself.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from librarian import deadline
from librarian.stage import Exists, StoreError

FAILURES = 3
"""Failures in a row after which a store is left alone."""
REST = 2.0
"""Seconds for which it is."""


class Breaker:
    """Guards the calls of one store: `with breaker: store.act(...)`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_again = 0.0

    def __enter__(self) -> Self:
        """Let a call through. Raises StoreError at once where the store rests or time is up."""
        if deadline.left() <= 0:
            raise StoreError("the time for storing was up before this store was asked")
        if self._failures < FAILURES:
            return self
        with self._lock:
            if self._failures >= FAILURES:
                if self._clock() < self._closed_again:
                    raise StoreError("this store failed several times just now and is left alone")
                self._closed_again = self._clock() + REST  # this call tries; others wait for it
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Count what came of the call; that something exists already is an answer."""
        failed = isinstance(error, StoreError) and not isinstance(error, Exists)
        if not failed and not self._failures:
            return
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if failed and self._failures >= FAILURES:
                self._closed_again = self._clock() + REST

    @property
    def resting(self) -> bool:
        """Whether calls fail at once just now."""
        with self._lock:
            return self._failures >= FAILURES and self._clock() < self._closed_again
