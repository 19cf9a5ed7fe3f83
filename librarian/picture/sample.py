"""Which small JPEG decodes if, and only if, a large one does? One of its segments, without pixels.

What a decoder fails at are the tables, sizes and colours that stand in segments (ITU-T T.81, annex
B): each is looked at before a scan's first row is made. Of the pixels themselves libjpeg only warns
(libjpeg.txt, "Error handling"), of codes that mean nothing, of a restart in the wrong place, of too
few of them or too many, and goes on to the next segment. So a picture of the same segments, with
nothing between them, tells it in a hundredth of the time and in little memory. Which numbers stand
in a table that is sound changes nothing either: they are left out, so that most pictures have the
same small one.
"""

import struct
from functools import lru_cache
from operator import mul

from librarian.picture.jpeg import FRAMES, NOTES, Jpeg
from librarian.picture.scans import QUANTIZATION, QUANTIZED

SIZE = struct.pack(">HH", 32, 32)
"""Height and width of a small one: what a decoder makes at one time at most, four blocks of 8."""
LONGEST = 65_500
"""Pixels of a side above which libjpeg takes no picture."""
MOST_TABLES = 32 * 2**10
"""Bytes of all segments but notes that are looked through here; encoders write some hundred. What
is made of them fits into a segment: a table without codes grows from 17 bytes to 18."""
HEARD = frozenset({0xE0, 0xEE})
"""Notes that say something of the colours: JFIF's and Adobe's."""
EVEN = bytes([1]) * (QUANTIZED - 1)
"""The numbers of a quantization table."""
HUFFMAN, LENGTHS = 0xC4, 16
"""The segment of Huffman tables, and the longest code of one, in bits."""
ONE_CODE = bytes([1, *[0] * LENGTHS])
"""A Huffman table that has one code of one bit."""
PARTS = [1 << LENGTHS - length for length in range(1, LENGTHS + 1)]
"""Of all that can be told in the longest code, the part that a code of each length takes."""
MOST_CODES, LARGEST_DC = 256, 15


def of(content: bytes, plain: Jpeg) -> bytes | None:
    """Give a JPEG that decodes if, and only if, this one does; None where none can tell.

    `plain` is what is known of its file.
    """
    if not plain.end or max(plain.width, plain.height) > LONGEST:
        return None
    segments = [*plain.segments, *plain.later]
    if sum(end - start for marker, start, end in segments if marker not in NOTES) > MOST_TABLES:
        return None
    pieces = [content[:2]]
    for marker, start, end in segments:
        if marker in FRAMES:
            pieces += (content[start - 4 : start + 1], SIZE, content[start + 5 : end])
        elif marker == QUANTIZATION:
            tables = [content[at : at + 1] + EVEN for at in range(start, end, QUANTIZED)]
            pieces += (content[start - 4 : start], *tables)
        elif marker == HUFFMAN and (codes := _sound(content[start:end])) is not None:
            pieces.append(codes)
        elif marker not in NOTES or marker in HEARD:
            pieces.append(content[start - 4 : end])
    pieces.append(content[plain.end - 2 : plain.end])
    return b"".join(pieces)


@lru_cache(16)
def _sound(tables: bytes) -> bytes | None:
    """Give a segment of as many Huffman tables of the same numbers; None where one is not sound.

    One is whose codes can be told apart, none of them all ones (T.81, annex C), and whose symbols
    for a DC coefficient are numbers of bits. Most encoders write the tables of T.81, annex K.
    """
    found, at = [], 0
    while at < len(tables):
        counts = tables[at + 1 : at + 1 + LENGTHS]
        after = at + 1 + LENGTHS + (many := sum(counts))
        if after > len(tables) or many > MOST_CODES or sum(map(mul, counts, PARTS)) >= 1 << LENGTHS:
            return None
        symbols = tables[after - many : after]
        if tables[at] < LENGTHS and max(symbols, default=0) > LARGEST_DC:
            return None
        found.append(tables[at : at + 1] + ONE_CODE)
        at = after
    body = b"".join(found)
    return struct.pack(">BBH", 0xFF, HUFFMAN, 2 + len(body)) + body
