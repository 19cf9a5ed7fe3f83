"""Who waits no longer for a sender that is too slow? One thread per process, that ends the reading.

A thread that reads from a socket cannot look at a clock, and the few bytes that come now and then
would keep it there for ever. So every reading says until when it may take, and past that time the
receiving half of its connection is shut: it ends as if the client had ended it, and the answer can
still be sent.
"""

import math
import socket
import threading
import time
from contextlib import suppress
from typing import Self

from librarian.perprocess import PerProcess

EVERY = 0.5
"""Seconds between two looks."""
NEVER = math.inf
"""The time until which a reading may take that waits for nobody now."""


class Reading:
    """One reading from one connection; `late` says that it was ended by the watch."""

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
        """Receive nothing more."""
        self.late = True
        with suppress(OSError):  # it has ended by itself meanwhile
            self.connection.shutdown(socket.SHUT_RD)


class Watch:
    """Ends every reading whose time is over."""

    def __init__(self) -> None:
        self._readings: set[Reading] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def reading(self, connection: socket.socket, until: float) -> Reading:
        """Give a reading that is watched over while a block runs."""
        return Reading(self, connection, until)

    def begin(self, reading: Reading) -> None:
        """Watch over a reading."""
        with self._lock:
            self._readings.add(reading)

    def leave(self, reading: Reading) -> None:
        """Watch over it no longer; it is not being ended when this returns."""
        with self._lock:
            self._readings.discard(reading)

    def waiting(self) -> int:
        """Count the readings that wait for their senders at this moment."""
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
