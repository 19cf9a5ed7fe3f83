"""How does a body of known length come off its connection? In pieces as they arrive, never copied.

gunicorn's reader gathers as many bytes as it is asked for, copies what it holds at each step, and
keeps what is too much for the next. Whoever takes a body whole needs none of that: each piece is
what the system had, and is handed on as it is, or stands at once where the whole is to be.
"""

from typing import Any

from gunicorn.http.body import Body, LengthReader


class Straight:
    """A body to be read in pieces of any length; it stands in for gunicorn's own."""

    failed = False
    """Whether it is not known where the next request begins; a body's length always says that."""

    def __init__(self, unreader: Any, length: int) -> None:
        self._unreader, self._left = unreader, length

    @property
    def ended(self) -> bool:
        """Whether all of it was read."""
        return not self._left

    def read(self, size: int = -1) -> bytes:
        """Give what has come, up to `size` bytes, or wait for something; empty at the end.

        Unlike a file it may give fewer bytes than there are to come. Raises OSError.
        """
        most = self._left if size < 0 else min(size, self._left)
        if not most:
            return b""
        piece: bytes = self._unreader.take_buffered() or self._unreader.chunk(most)
        if len(piece) > most:  # also of a connection it asks for more than a little
            self._unreader.unread(piece[most:])
            piece = piece[:most]
        self._left -= len(piece)
        return piece

    def readinto(self, room: memoryview) -> int:
        """Put what has come where there is room for it, or wait for something; say how much.

        Nothing at the end, and where there is no room. Raises OSError.
        """
        if self._unreader.buf.getvalue():
            piece = self.read(len(room))
            room[: len(piece)] = piece
            return len(piece)
        if not (most := min(len(room), self._left)):
            return 0  # which the system would take for as much as there is room for
        size: int = self._unreader.sock.recv_into(room, most)
        self._left -= size
        return size


def straightened(body: Any) -> Any:
    """Have a body of gunicorn's that has a length read straight; give others as they are."""
    reader = body.reader if isinstance(body, Body) else None
    if not isinstance(reader, LengthReader):
        return body
    return Straight(reader.unreader, reader.length)
