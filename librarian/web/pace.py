"""How fast must a body come? As slowly as it likes for a while, then at a least rate in the mean.

A phone with bad reception is served; whoever sends a byte now and then to keep a thread busy is
not. Behind nginx, which reads bodies whole before it passes them on, this never matters.
"""

import math
import time
from typing import Self

from flask import Request

from librarian.settings import Settings
from librarian.watch import WATCH, Reading, Slowest

AHEAD = 64 * 2**10
"""Bytes that are read at one time: how many of them have come is not known before the last."""
TO_DRAIN = 10.0
"""Seconds for a body that is thrown away."""


class Pace:
    """Says of one body until when its next bytes must have come."""

    def __init__(self, reading: Reading | None, slowest: Slowest) -> None:
        self._reading, self._slowest = reading, slowest
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to watch over the connection, where there is one."""
        if self._reading is not None:
            self._reading.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Watch over it no longer."""
        if self._reading is not None:
            self._reading.__exit__()

    @property
    def rate(self) -> float:
        """Bytes a second that must come in the mean, after a while."""
        return self._slowest.rate

    @property
    def late(self) -> bool:
        """Whether it came too slowly, and was ended."""
        return self._reading is not None and self._reading.late

    def allow(self, size: int) -> None:
        """Give time for the next piece, after `size` bytes have come."""
        if self._reading is not None:
            self._reading.allow(self._slowest.until(self._began, size + AHEAD))

    def hurry(self) -> None:
        """Give a short time for all that is left."""
        if self._reading is not None:
            self._reading.allow(time.monotonic() + TO_DRAIN)


FREE = Pace(None, Slowest(0, 1))
"""Where there is no connection to watch: no body is late."""


def watched(request: Request, settings: Settings) -> Pace:
    """Watch over a request's connection while its body is read."""
    return _watched(request, Slowest(settings.grace, settings.min_rate))


def hurried(request: Request) -> Pace:
    """Watch over it while its body is only thrown away."""
    return _watched(request, Slowest(TO_DRAIN, math.inf))


def _watched(request: Request, slowest: Slowest) -> Pace:
    connection = request.environ.get("gunicorn.socket")  # gunicorn says which it is
    if connection is None:
        return FREE
    until = slowest.until(time.monotonic(), 0)
    return Pace(WATCH.get().reading(connection, until), slowest)
