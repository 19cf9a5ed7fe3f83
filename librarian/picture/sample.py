"""Which few rows of a JPEG decode if all of them do? Its first, where nothing but pixels follows.

What a decoder may fail at are the header's tables, sizes and colours (ITU-T T.81, annex B): they
are all looked at before the first row is made. From there on libjpeg only warns (libjpeg.txt,
"Error handling") of codes that mean nothing, of a restart in the wrong place, of too few pixels or
too many, and goes on. So where all colours come in one scan, and nothing else lies between the
header and the end mark, a picture of the same header, but of few rows, tells it for all of them.
"""

import struct

from librarian.picture.jpeg import FRAMES, Jpeg

ROWS = 32
"""The rows that any decoder makes at one time at most: blocks of eight, four above each other."""
PIXELS = 2048
"""Bytes of the pixels that are kept; how many there are changes nothing."""
TALLEST = 65_500
"""Rows above which libjpeg takes no picture."""


def of(content: bytes, plain: Jpeg) -> tuple[bytes, Jpeg] | None:
    """Give a small JPEG that decodes if, and only if, this one does; None where none can tell.

    `plain` is what is known of its file.
    """
    if not (plain.by_rows and plain.one_scan) or plain.height > TALLEST:
        return None
    height = next(start + 1 for marker, start, _ in plain.segments if marker in FRAMES)
    rows = min(plain.height, ROWS)
    _, _, pixels = plain.segments[-1]
    pieces = (
        content[:height],
        struct.pack(">H", rows),
        content[height + 2 : min(pixels + PIXELS, plain.end - 2)],
        b"\xff\xd9",
    )
    small = b"".join(pieces)
    frame = plain.width, rows, plain.mode, True
    return small, Jpeg(small, plain.segments, frame, plain.turn)
