"""Where do the boxes of an ISO media file begin and end (ISO/IEC 14496-12, section 4.2)?"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from librarian.privacy.clean import Unsafe

MOST = 10_000
FREE = b"free"


class Box(NamedTuple):
    """One box: its kind, where it stands, and where its payload begins and ends."""

    kind: bytes
    at: int
    start: int
    end: int


def boxes(
    content: bytes, at: int, end: int, known: frozenset[bytes] = frozenset()
) -> Iterator[Box]:
    """Yield the boxes of a range. Raises Unsafe where they do not fill it.

    With `known`, what is no box ends the walk, for it follows the picture and is none of it; but a
    box of a known kind must be whole.
    """
    for _ in range(MOST):
        if at >= end:
            return
        if known and not (content[at + 4 : at + 8].isalnum() and end - at >= 8):
            return
        if end - at < 8:
            raise Unsafe("a box that is cut off")
        size, kind = struct.unpack_from(">I4s", content, at)
        start = at + 8
        if size == 1 and end - at >= 16:
            size, start = struct.unpack_from(">Q", content, at + 8)[0], at + 16
        elif size == 0:
            size = end - at
        if size < start - at or at + size > end:
            if known and kind not in known:
                return
            raise Unsafe("a box that reaches out of its parent")
        yield Box(kind, at, start, at + size)
        at += size
    raise Unsafe("too many boxes")


class Numbers:
    """Reads numbers of a box one after the other. Raises Unsafe past its end."""

    def __init__(self, content: bytes, at: int, end: int) -> None:
        self._content, self._end, self.at = content, end, at

    def read(self, size: int) -> int:
        """Read an unsigned number of so many bytes, big endian."""
        return int.from_bytes(self.raw(size), "big")

    def raw(self, size: int) -> bytes:
        """Read so many bytes."""
        if self.at + size > self._end:
            raise Unsafe("a box that ends too early")
        self.at += size
        return self._content[self.at - size : self.at]

    def text(self) -> bytes:
        """Read a text that a zero ends."""
        end = self._content.find(b"\0", self.at, self._end)
        if end < 0:
            raise Unsafe("a text without an end")
        found, self.at = self._content[self.at : end], end + 1
        return found
