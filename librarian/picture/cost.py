"""How much memory does decoding an image take, in bytes? Told from its header, before it is done.

The factors were measured, with Pillow's own decoders: their canvases, their copies and Pillow's
image, which has four bytes for a pixel of several colours. A JPEG is special: libjpeg works row by
row and keeps nothing, unless its scans hold less than all colours (a progressive one, ITU-T T.81
annex G); then it keeps every coefficient, in two bytes each.
"""

import re
import struct
from collections.abc import Mapping

from librarian import media
from librarian.picture.jpeg import Jpeg

FIXED = 2 * 2**20
"""What any decoder takes: tables, rows, buffers."""
STILL: Mapping[str, float] = {
    media.PNG.type: 4.1,
    media.WEBP.type: 16.5,
    media.GIF.type: 4.1,
    media.AVIF.type: 11.5,
    media.HEIC.type: 9.0,
    media.TIFF.type: 4.5,
    media.BMP.type: 4.1,
}
"""Bytes for a pixel of a picture that stands still."""
MOVING = {**STILL, media.GIF.type: 13.5, media.AVIF.type: 14.5, media.PNG.type: 13.5}
"""Bytes for a pixel of the canvas of an animation."""
PASSED_OVER = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length: TEM, the restarts, the image's start."""
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers of a frame header; the three are for tables and reserved."""
SEQUENTIAL = frozenset({0xC0, 0xC1, 0xC9})
SCAN = 0xDA
MARKER = re.compile(rb"\xff+([^\x00\xff])")


def of(content: bytes, kind: media.Media, largest: int, frames: int) -> int:
    """Tell what decoding it whole takes; its largest frame has `largest` pixels."""
    if kind == media.JPEG:
        return checking(content, kind, largest, frames) + 4 * largest
    return FIXED + int((MOVING if frames > 1 else STILL)[kind.type] * largest)


def checking(
    content: bytes, kind: media.Media, largest: int, frames: int, plain: Jpeg | None = None
) -> int:
    """Tell what it takes to see whether every pixel decodes: PNG and JPEG need no whole picture.

    `plain` is what is known of a JPEG's file, where that is plain.
    """
    if kind == media.JPEG:
        kept = 0 if plain is not None and plain.by_rows else _coefficients(content)
        return FIXED + kept + largest // 16
    if kind == media.PNG:
        return FIXED
    return of(content, kind, largest, frames)


def _coefficients(content: bytes) -> int:
    """Tell how many bytes of coefficients libjpeg keeps of a JPEG; 0 where it works row by row."""
    at, whole, colours, sequential = 2, 0, 0, True
    while (found := MARKER.search(content, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker in PASSED_OVER:
            continue
        if at + 3 > len(content):
            break
        if marker in FRAMES and not colours:
            whole, colours = _frame(content, at)
            sequential = marker in SEQUENTIAL
        elif marker == SCAN:
            return 0 if sequential and content[at + 2] == colours else whole
        at += struct.unpack_from(">H", content, at)[0]
    return 0


def _frame(content: bytes, at: int) -> tuple[int, int]:
    """Read a frame header: the bytes of all its coefficients, and its number of colours."""
    try:
        height, width, colours = struct.unpack_from(">HHB", content, at + 3)
        sampled = [content[at + 9 + 3 * each] for each in range(colours)]
    except (IndexError, struct.error):
        return 0, 0
    if not sampled:
        return 0, 0
    factors = [(max(1, each >> 4), max(1, each & 15)) for each in sampled]
    across, down = max(h for h, _ in factors), max(v for _, v in factors)
    blocks = sum((width * h // across // 8 + 2) * (height * v // down // 8 + 2) for h, v in factors)
    return blocks * 64 * 2, colours
