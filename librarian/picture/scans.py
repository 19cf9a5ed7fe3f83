"""Where do a JPEG's scans end, and which tables stand between them? Of a plain file alone.

Pixels of a scan are written so that behind each 0xFF there is a zero; whatever else stands there is
a marker (ITU-T T.81, section B.1.1.5). What is odd in any way is left to the walk that forgives
more (ending.py).
"""

from stringzilla import count

from librarian.picture.ending import END, JPEG_SCANS, MARKER, SCAN

QUANTIZATION, QUANTIZED = 0xDB, 65
"""The segment of quantization tables, and the bytes of each whose numbers are bytes."""
TABLES = frozenset({0xC4, QUANTIZATION, 0xDD})
"""Huffman tables, quantization tables, the restart interval."""
BETWEEN = TABLES | {SCAN}
MOST = 1000
"""Segments of a plain file before its pixels, and as many after."""
END_MARK = bytes((0xFF, END))
Segment = tuple[int, int, int]
"""A segment's marker, where its payload begins, and where it ends."""


def walk(content: bytes, at: int) -> tuple[int, list[Segment]]:
    """Tell where a file ends whose first pixels begin at `at`, and which segments follow them.

    The end is 0 where there is none, or anything but tables between the scans.
    """
    if _pixels_alone(content, at):
        return len(content), []
    scans = 1
    found: list[Segment] = []
    while len(found) < MOST:
        mark = MARKER.search(content, at)
        if mark is None:
            break
        at = mark.end()
        marker, start = content[at - 1], at + 2
        if marker == END:
            return at, found
        scans += marker == SCAN
        at += int.from_bytes(content[at:start], "big")
        if scans > JPEG_SCANS or not start <= at <= len(content) or marker not in BETWEEN:
            break
        if marker == QUANTIZATION and not quantizes(content, start, at):
            break
        found.append((marker, start, at))
    return 0, []


def quantizes(content: bytes, start: int, end: int) -> bool:
    """Say whether a segment holds whole tables of quantization, whose numbers are bytes."""
    return not (end - start) % QUANTIZED and max(content[start:end:QUANTIZED], default=0) <= 15


def _pixels_alone(content: bytes, at: int) -> bool:
    """Say whether from here on there are but pixels, and the end mark as the last two bytes.

    Counting takes a third of the time that looking for the first marker does. Restarts are markers
    too, and a picture that has any is walked.
    """
    return (
        content.endswith(END_MARK)
        and count(content, b"\xff", at) == count(content, b"\xff\0", at) + 1
    )
