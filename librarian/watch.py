"""Who waits no longer for a client that is too slow? One thread per process, that ends the waiting.

A thread that reads from a socket cannot look at a clock, and the few bytes that come now and then
would keep it there for ever. So every reading says until when it may take, and past that time the
receiving half of its connection is shut: it ends as if the client had ended it, and the answer can
still be sent. The same is done for an answer that is not taken; there both halves are shut.
"""

import math
import socket
import threading
import time
from contextlib import suppress
from typing import NamedTuple, Self

from librarian.perprocess import PerProcess

EVERY = 0.5
"""Seconds between two looks."""
NEVER = math.inf
"""The time until which a reading may take that waits for nobody now."""


class Slowest(NamedTuple):
    """How slowly bytes may go: as they like for some seconds, then at a least rate in the mean."""

    grace: float
    rate: float
    """Bytes a second."""

    def until(self, began: float, size: int) -> float:
        """Tell until when so many bytes must have gone, of what began at a time."""
        return began + self.grace + size / self.rate


class Reading:
    """One reading from one connection; `late` says that it was ended by the watch."""

    half = socket.SHUT_RD
    """What of the connection is shut when it is late."""
    __slots__ = ("_watch", "connection", "late", "until")

    def __init__(self, watch: "Watch", connection: socket.socket, until: float) -> None:
        self._watch, self.connection, self.until, self.late = watch, connection, until, False

    def __enter__(self) -> Self:
        """Begin to be watched."""
        self._watch.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Be watched no longer."""
        self._watch.leave(self)

    def allow(self, until: float) -> None:
        """Let it take until a time of the monotonic clock."""
        self.until = until

    def end(self) -> None:
        """Wait no longer."""
        self.late = True
        with suppress(OSError):  # it has ended by itself meanwhile
            self.connection.shutdown(self.half)


class Sending(Reading):
    """One answer that waits to be taken; who sends it is told that the client is gone (EPIPE)."""

    half = socket.SHUT_RDWR
    __slots__ = ()


class Watch:
    """Ends every reading and sending whose time is over."""

    def __init__(self) -> None:
        self._readings: set[Reading] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def reading(self, connection: socket.socket, until: float) -> Reading:
        """Give a reading that is watched over while a block runs."""
        return Reading(self, connection, until)

    def sending(self, connection: socket.socket, until: float) -> Sending:
        """Give a sending that is watched over while a block runs."""
        return Sending(self, connection, until)

    def begin(self, reading: Reading) -> None:
        """Watch over a reading."""
        with self._lock:
            self._readings.add(reading)

    def leave(self, reading: Reading) -> None:
        """Watch over it no longer; it is not being ended when this returns."""
        with self._lock:
            self._readings.discard(reading)

    def waiting(self) -> int:
        """Count those that wait for their clients at this moment."""
        with self._lock:
            return sum(each.until < NEVER for each in self._readings)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            now = time.monotonic()
            with self._lock:  # none of them leaves, and its connection is not another's meanwhile
                for reading in self._readings:
                    if reading.until < now and not reading.late:
                        reading.end()


WATCH = PerProcess(Watch)
