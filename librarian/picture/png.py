"""Does every pixel of a PNG decode? Its rows are inflated and counted as they come, none is kept.

A PNG's pixels are one zlib stream for each frame (PNG, W3C third edition, sections 7 to 10): as
many bytes as rows of such a width take, each row after a byte that says how it is filtered. That
is all there is to be wrong, so a picture of 64 megapixels is checked in some kilobytes.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PIECE = 64 * 2**10
"""Bytes inflated at one time."""
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel, by colour type."""
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip
"""Adam7: where each pass begins and how far its pixels lie apart, across and down (section 8.1)."""
FILTERS = bytes(range(5))


class Damaged(ValueError):
    """The chunks or the pixels are not as the standard has them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What all frames of a PNG have in common: bits of a pixel, and whether it is interlaced."""

    bits: int
    interlaced: bool

    def rows(self, width: int, height: int) -> Iterator[tuple[int, int]]:
        """Yield how many bytes a row takes, with its filter, and how many rows there are."""
        if not self.interlaced:
            yield 1 + (width * self.bits + 7) // 8, height
            return
        for left, top, across, down in PASSES:
            wide, high = -(-(width - left) // across), -(-(height - top) // down)
            if wide > 0 and high > 0:
                yield 1 + (wide * self.bits + 7) // 8, high


class Rows:
    """The rows of one frame, inflated as they come."""

    def __init__(self, kind: Kind, width: int, height: int) -> None:
        self._passes = list(kind.rows(width, height))
        self._inflate = zlib.decompressobj()
        self._at = 0
        """How many bytes of the pass at hand came."""

    def feed(self, content: memoryview) -> None:
        """Take in a piece of the stream; what follows the last row is not looked at.

        Raises Damaged, zlib.error.
        """
        for start in range(0, len(content), PIECE):
            rest: bytes | memoryview = content[start : start + PIECE]
            while self._passes and not self._inflate.eof:
                rows = self._inflate.decompress(rest, PIECE)
                rest = self._inflate.unconsumed_tail
                if not rows and not rest:
                    break
                self._look(rows)

    def end(self) -> None:
        """Say that nothing comes any more. Raises Damaged if rows are missing."""
        if self._passes:
            raise Damaged("rows are missing")

    def _look(self, rows: bytes) -> None:
        while rows and self._passes:
            row, number = self._passes[0]
            piece = rows[: row * number - self._at]
            if piece[-self._at % row :: row].translate(None, FILTERS):
                raise Damaged("there is no such filter")
            self._at += len(piece)
            if self._at == row * number:
                del self._passes[0]
                self._at = 0
            rows = rows[len(piece) :]


def check(content: bytes) -> None:
    """Go through every frame. Raises Damaged, zlib.error or struct.error."""
    view = memoryview(content)
    width, height, kind = _header(content)
    frame = Rows(kind, width, height)
    told, number = False, 0
    for name, start, size in _chunks(content):
        if name == b"IDAT":
            told = True
            frame.feed(view[start : start + size])
        elif name == b"fcTL":
            number = _next(content, start, number)
            wide, high, left, top = struct.unpack_from(">4I", content, start + 4)
            if not (0 < wide <= width - left and 0 < high <= height - top):
                raise Damaged("a frame lies outside the picture")
            if told:  # the first of them may speak of the picture itself
                frame.end()
                frame = Rows(kind, wide, high)
        elif name == b"fdAT" and told:
            number = _next(content, start, number)
            frame.feed(view[start + 4 : start + size])
    if not told:
        raise Damaged("there are no pixels")
    frame.end()


def _header(content: bytes) -> tuple[int, int, Kind]:
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", content, 16)
    if depth not in DEPTHS.get(colour, ()) or interlaced > 1 or not width or not height:
        raise Damaged("there is no such kind of picture")
    return width, height, Kind(depth * SAMPLES[colour], bool(interlaced))


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk, where its content begins, and its size."""
    at = 8
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        if name == b"IEND":
            return
        yield name, at + 8, size
        at += 12 + size


def _next(content: bytes, at: int, number: int) -> int:
    """Compare a chunk's number in the animation with the one that is due."""
    if struct.unpack_from(">I", content, at)[0] != number:
        raise Damaged("the frames are not in their order")
    return number + 1
