"""How does one connection behave as a socket? It asks the system for nothing that changes nothing.

Each call of the system lets another thread have the interpreter's lock, and that costs more than
the call. gunicorn says of a connection several times a request whether it is to wait, and sends an
answer's head and its body one after the other.
"""

import socket
from typing import Any, Self


class Line(socket.socket):
    """A connection whose answers leave with their heads."""

    _gathers = False
    _head: bytes = b""

    @classmethod
    def of(cls, connection: socket.socket) -> Self:
        """Take a connection over; it waits from now on, until it is told something else."""
        family, kind, proto = connection.family, connection.type, connection.proto
        line = cls(family, kind, proto, fileno=connection.detach())
        super(Line, line).settimeout(None)
        return line

    def gather(self) -> None:
        """Keep what is sent next until there is more to send with it, or the answer ends."""
        self._gathers = True

    def end(self) -> None:
        """Send what was kept. Raises OSError."""
        self._gathers = False
        if self._head:
            head, self._head = self._head, b""
            super().sendall(head)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all of it, with what was kept. Raises OSError."""
        if self._gathers:
            self._gathers, self._head = False, bytes(data)
            return
        if not self._head:
            super().sendall(data, flags)
            return
        head, self._head = self._head, b""
        gone = self.sendmsg((head, data), (), flags)
        if gone < len(head):
            super().sendall(head[gone:], flags)
            gone = len(head)
        if gone - len(head) < len(data):
            super().sendall(memoryview(data)[gone - len(head) :], flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a file, after what was kept. Raises OSError."""
        self.end()
        return super().sendfile(file, offset, count)

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - as the standard library has it
        """Say whether it is to wait."""
        self.settimeout(None if flag else 0.0)

    def settimeout(self, value: float | None, /) -> None:
        """Say how long it is to wait."""
        if value != self.gettimeout():
            super().settimeout(value)
