"""What must every process make for itself? Clients of stores: made on first use, after the fork."""

import os
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class _Process:
    """The number of this process; it changes in a fork, and is not asked for again before."""

    number = os.getpid()

    @classmethod
    def forked(cls) -> None:
        cls.number = os.getpid()


os.register_at_fork(after_in_child=_Process.forked)


def process() -> int:
    """Tell the number of this process without a call of the system."""
    return _Process.number


class PerProcess(Generic[T]):
    """One thing per process, made when it is first asked for; safe among threads.

    A client that a forked worker shares with its parent would mix up both their connections, so
    what another process made is left alone and a new one is made.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: tuple[int, T] | None = None

    def get(self) -> T:
        """Give this process's own."""
        made = self._made
        if made is None or made[0] != _Process.number:
            with self._lock:
                made = self._made
                if made is None or made[0] != process():
                    made = self._made = process(), self._make()
        return made[1]

    def take(self) -> T | None:
        """Give this process's own if it was made, and forget it; for those who close it."""
        with self._lock:
            made, self._made = self._made, None
        return made[1] if made is not None and made[0] == process() else None
