"""How does one connection behave as a socket? It asks the system for nothing that changes nothing.

Each call of the system lets another thread have the interpreter's lock, and that costs more than
the call. gunicorn says of a connection several times a request whether it is to wait, and sends an
answer's head and its body one after the other.

What the system takes at once is gone. For the rest it is waited no longer than for a slow sender's
body: a client that asks and does not read would keep a thread.
"""

import socket
import time
from typing import Any, Self

from librarian.watch import NEVER, WATCH, Sending, Slowest

PIECE = 64 * 2**10
"""Bytes that are sent at one time where it is waited for them."""


class Line(socket.socket):
    """A connection whose answers leave with their heads."""

    _gathers = False
    _head: bytes = b""
    _slowest: Slowest

    @classmethod
    def of(cls, connection: socket.socket, slowest: Slowest) -> Self:
        """Take a connection over; it waits from now on, until it is told something else.

        `slowest` says how slowly an answer may be taken.
        """
        family, kind, proto = connection.family, connection.type, connection.proto
        line = cls(family, kind, proto, fileno=connection.detach())
        line._slowest = slowest
        super(Line, line).settimeout(None)
        return line

    def gather(self) -> None:
        """Keep what is sent next until there is more to send with it, or the answer ends."""
        self._gathers = True

    def end(self) -> None:
        """Send what was kept. Raises OSError."""
        self._gathers = False
        if self._head:
            self.sendall(b"")

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all of it, with what was kept. Raises OSError."""
        if self._gathers:
            self._gathers, self._head = False, bytes(data)
            return
        head, self._head = self._head, b""
        try:
            gone = self.sendmsg((head, data), (), flags | socket.MSG_DONTWAIT)
        except BlockingIOError:
            gone = 0
        if gone < len(head) + len(data):
            left = memoryview(head)[gone:], memoryview(data)[max(gone - len(head), 0) :]
            self._wait_for(left, gone, flags)

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Send all of it, before what was kept. Raises OSError."""
        self._wait_for((memoryview(data),), 0, flags)
        return len(data)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a file, after what was kept. Raises OSError."""
        self.end()
        size, most = 0, PIECE
        began = time.monotonic()
        with self._sending() as sending:
            while count is None or (most := min(PIECE, count - size)):
                sending.allow(self._slowest.until(began, size + most))
                gone = super().sendfile(file, offset + size, most)
                size += gone
                if gone < most:
                    break
        return size

    def _wait_for(self, left: tuple[memoryview, ...], size: int, flags: int) -> None:
        """Send what is left after `size` bytes, while the client takes it. Raises OSError."""
        began = time.monotonic()
        with self._sending() as sending:
            for each in left:
                for at in range(0, len(each), PIECE):
                    piece = each[at : at + PIECE]
                    size += len(piece)
                    sending.allow(self._slowest.until(began, size))
                    super().sendall(piece, flags)

    def _sending(self) -> Sending:
        return WATCH.get().sending(self, NEVER)

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - as the standard library has it
        """Say whether it is to wait."""
        self.settimeout(None if flag else 0.0)

    def settimeout(self, value: float | None, /) -> None:
        """Say how long it is to wait."""
        if value != self.gettimeout():
            super().settimeout(value)
