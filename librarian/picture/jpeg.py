"""What does a plain JPEG say of itself? Its header is read once, its end looked for once.

Encoders and cameras write one segment right behind the other, each of a kind that is common, then
the pixels (ITU-T T.81, annex B). Of such a file all is told here in a few steps, as Pillow and the
walks that forgive more (ending.py, privacy/segments.py) tell it; what is odd in any way is left to
them, by saying that it is not plain.
"""

import struct

from librarian.picture import scans
from librarian.picture.ending import SCAN, TIFF_SIZES
from librarian.picture.scans import MOST, QUANTIZATION, TABLES, Segment

ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is to be turned (CIPA DC-008, section 4.6.4)."""
PROGRESSIVE = 0xC2
FRAMES = frozenset({0xC0, 0xC1, PROGRESSIVE})
NOTES = frozenset({*range(0xE0, 0xF0), 0xFE})
COMMON = frozenset({*FRAMES, *TABLES, *NOTES, SCAN})
MODES = {1: "L", 3: "RGB", 4: "CMYK"}
"""What Pillow calls pixels of so many colours."""
LONGEST = 2**20
"""Bytes before the pixels of one."""
LEAST = {
    0xE0: (b"JFIF", 7),
    0xE2: (b"ICC_PROFILE\0", 14),
    0xED: (b"Photoshop 3.0\0", LONGEST),
    0xEE: (b"Adobe", 7),
}
"""Bytes that a note of such a beginning has at least; Photoshop's are never plain."""
BEGIN, APP1 = b"\xff\xd8", 0xE1
EXIF, TAGS = b"Exif\0\0", {b"II*\0": "<", b"MM\0*": ">"}
UNIT, RESOLUTION = 0x0128, 0x011A
KINDS = {ORIENTATION: (3, 1), UNIT: (3, 1), RESOLUTION: (5, 1)}
"""Fields that are read, with the kind (TIFF 6.0, section 2) and number of values they are to be."""
Frame = tuple[int, int, str, bool]
"""Width and height in pixels, what Pillow calls the colours, and whether it is not progressive."""


class Jpeg:
    """A JPEG whose header is plain: its size as it is stored, its colours, its segments."""

    __slots__ = ("_content", "_rest", "by_rows", "height", "mode", "segments", "turn", "width")

    def __init__(self, content: bytes, segments: list[Segment], frame: Frame, turn: int) -> None:
        self.width, self.height, self.mode, sequential = frame
        self.segments, self.turn = segments, turn
        colours = content[segments[-1][1] : segments[-1][1] + 1]
        self.by_rows = sequential and MODES.get(int.from_bytes(colours, "big")) == self.mode
        """Whether all colours come in one scan, so that a decoder need not keep them."""
        self._content = content
        self._rest: tuple[int, list[Segment]] | None = None

    @property
    def end(self) -> int:
        """Where its end mark ends; 0 where there is none, or something odd before it."""
        return self._walked[0]

    @property
    def later(self) -> list[Segment]:
        """The segments behind the first scan's pixels: tables, and further scans."""
        return self._walked[1]

    @property
    def _walked(self) -> tuple[int, list[Segment]]:
        if self._rest is None:
            self._rest = scans.walk(self._content, self.segments[-1][2])
        return self._rest


def read(content: bytes) -> Jpeg | None:
    """Read the header of a JPEG; None where it is not plain."""
    segments = _segments(content) if content.startswith(BEGIN) else []
    frame, turn = None, 0
    for marker, start, end in segments:
        if marker in FRAMES:
            if frame or (frame := _frame(marker, content, start, end)) is None:
                return None
        elif marker == QUANTIZATION:
            if not scans.quantizes(content, start, end):
                return None
        elif marker == APP1 and content.startswith(EXIF, start):
            if turn or not (turn := _turn(content[start + len(EXIF) : end])):
                return None
        elif marker in LEAST:
            begin, least = LEAST[marker]
            if end - start < least and content.startswith(begin, start):
                return None
    return Jpeg(content, segments, frame, turn or 1) if frame else None


def _segments(content: bytes) -> list[Segment]:
    """Find the segments up to the first scan's header; none where they are not plain."""
    found: list[Segment] = []
    at, last = 2, min(len(content), LONGEST)
    while len(found) < MOST and at + 4 <= last:
        marker, start = content[at + 1], at + 4
        end = at + 2 + (content[at + 2] << 8 | content[at + 3])
        if content[at] != 0xFF or marker not in COMMON or not start <= end <= last:
            break
        found.append((marker, start, end))
        if marker == SCAN:
            return found
        at = end
    return []


def _frame(marker: int, content: bytes, start: int, end: int) -> Frame | None:
    """Read a frame header of eight bits and some size; None where it is not plain."""
    if end - start < 6:
        return None
    bits, height, width, colours = struct.unpack_from(">BHHB", content, start)
    if bits != 8 or not height or not width or end - start != 6 + 3 * colours:
        return None
    if colours not in MODES:
        return None
    return width, height, MODES[colours], marker != PROGRESSIVE


def _turn(block: bytes) -> int:
    """Read the orientation of a block of TIFF, 1 where none is told; 0 where it is not plain."""
    order = TAGS.get(block[:4])
    if order is None or len(block) < 14:
        return 0
    (at,) = struct.unpack_from(order + "I", block, 4)
    if not 8 <= at <= len(block) - 6:
        return 0
    (count,) = struct.unpack_from(order + "H", block, at)
    end = at + 2 + 12 * count
    if end + 4 > len(block):
        return 0
    turn, apart = -1, 0
    for tag, kind, many, value in struct.iter_unpack(order + "HHI4s", block[at + 2 : end]):
        size = many * TIFF_SIZES.get(kind, 0)
        if kind > 12 or not size or (tag in KINDS and KINDS[tag] != (kind, many)):
            return 0
        if size > 4:
            apart += size
            if apart > len(block) or struct.unpack(order + "I", value)[0] + size > len(block):
                return 0
        if tag == ORIENTATION and turn < 0:
            turn = struct.unpack(order + "H", value[:2])[0]
    return turn if 1 <= turn <= 8 else 1
