"""How long may a request's storing take? One deadline for all its calls, whoever makes them.

The deadline belongs to the thread of the request (a context variable); a store asks how much of it
is left and waits no longer than that for one call.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_UNTIL: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound everything that is done inside; a deadline already running is never put off."""
    token = _UNTIL.set(min(_UNTIL.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _UNTIL.reset(token)


def left(most: float = float("inf")) -> float:
    """Give the seconds that one call may take: what is left, and no more than `most`."""
    return max(0.0, min(most, _UNTIL.get() - time.monotonic()))
