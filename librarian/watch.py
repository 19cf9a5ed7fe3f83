"""Who waits no longer for a sender that is too slow? One thread per process, that ends the reading.

A thread that reads from a socket cannot look at a clock, and the few bytes that come now and then
would keep it there for ever. So every reading says until when it may take, and past that time the
receiving half of its connection is shut: it ends as if the client had ended it, and the answer can
still be sent.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from librarian.perprocess import PerProcess

EVERY = 0.5
"""Seconds between two looks."""


class Reading:
    """One reading from one connection; `late` says that it was ended by the watch."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self.connection, self.until, self.late = connection, until, False

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

    @contextmanager
    def reading(self, connection: socket.socket, until: float) -> Iterator[Reading]:
        """Watch over a reading while the block runs."""
        reading = Reading(connection, until)
        with self._lock:
            self._readings.add(reading)
        try:
            yield reading
        finally:
            with self._lock:
                self._readings.discard(reading)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            now = time.monotonic()
            with self._lock:  # none of them leaves, and its connection is not another's meanwhile
                for reading in self._readings:
                    if reading.until < now and not reading.late:
                        reading.end()


WATCH = PerProcess(Watch)
