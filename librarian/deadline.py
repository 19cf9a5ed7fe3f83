"""How long may a request's storing take? One deadline for all its calls, whoever makes them.

The deadline belongs to the thread of the request (a context variable); a store asks how much of it
is left and waits no longer than that for one call.
"""

import time
from contextvars import ContextVar, Token

_UNTIL: ContextVar[float] = ContextVar("deadline", default=float("inf"))


class _Within:
    __slots__ = ("_before", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        until = time.monotonic() + self._seconds
        self._before: Token[float] = _UNTIL.set(min(_UNTIL.get(), until))

    def __exit__(self, *_: object) -> None:
        _UNTIL.reset(self._before)


def within(seconds: float) -> _Within:
    """Bound everything that is done inside; a deadline already running is never put off."""
    return _Within(seconds)


def left(most: float = float("inf")) -> float:
    """Give the seconds that one call may take: what is left, and no more than `most`."""
    return max(0.0, min(most, _UNTIL.get() - time.monotonic()))
