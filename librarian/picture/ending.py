"""Is the end of this image file there, and where? Its structure is walked, nothing is decoded.

Decoders forgive a missing end: Pillow takes a GIF without its trailer, a PNG without IEND. What
follows the end is nobody's business: phones append second pictures, depth maps and notes there.
The walks also refuse what would keep a decoder busy for minutes. Sources: JPEG ITU-T T.81 annex B;
PNG (W3C, third edition) section 5; GIF89a; WebP RFC 9649 section 2.3; AVIF ISO/IEC 14496-12
section 4.2; TIFF 6.0 section 2; BMP as in Microsoft's BITMAPINFOHEADER.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Literal

from librarian import media

Rule = Literal["truncated", "corrupt"]

MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""A JPEG marker but for restarts; 0xFF before a zero is data, before another 0xFF filling."""
END, SCAN, LENGTHLESS = 0xD9, 0xDA, frozenset({0x01, 0xD8, 0xD9})
JPEG_SEGMENTS = 2_000
JPEG_JUNK = 2**16
JPEG_SCANS = 100
"""Encoders make about ten; each costs a pass over the whole picture, however short it is."""
PNG_NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"})
IN_PALETTE = 3
"""The PNG colour type whose pixels are numbers of colours in PLTE."""
TIFF_PAGES = 1_000
TIFF_ENTRIES = 100_000
"""Pages may share their entries, so that a small file can hold more than is ever read through."""
TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def of(content: bytes, kind: media.Media) -> int | Rule:
    """Tell where an image ends, or what is wrong with its file as a whole."""
    try:
        return WALKS[kind.type](content)
    except (IndexError, struct.error):
        return "truncated"  # the walk led past the last byte


def fault(content: bytes, kind: media.Media) -> Rule | None:
    """Say what is wrong with an image's file as a whole; None where it reaches its end."""
    found = of(content, kind)
    return None if isinstance(found, int) else found


def gif_frames(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the right and lower edge of every frame of a GIF. Raises IndexError at a cut."""
    for at, block in _gif_blocks(content):
        if block == 0x2C:
            left, top, width, height = struct.unpack_from("<4H", content, at)
            yield left + width, top + height


def _gif(content: bytes) -> int | Rule:
    *_, (end, _) = _gif_blocks(content)
    return end


def _gif_blocks(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each block begins, behind its first byte, and that byte; the end is the last."""
    at = _after_colours(content, 10, 13)
    block = 0
    while block != 0x3B:
        block = content[at]
        at += 1
        yield at, block
        if block == 0x21:
            at = _after_blocks(content, at + 1)
        elif block == 0x2C:
            at = _after_blocks(content, _after_colours(content, at + 8, at + 9) + 1)


def _after_colours(content: bytes, flags: int, at: int) -> int:
    """Pass over a colour table, if the flags say that there is one."""
    packed = content[flags]
    return at + (3 << (packed & 7) + 1 if packed & 0x80 else 0)


def _after_blocks(content: bytes, at: int) -> int:
    while size := content[at]:
        at += 1 + size
    return at + 1


def jpeg_begins(content: bytes) -> bool:
    """Say whether a JPEG comes to its pixels without more segments or junk than any camera's."""
    junk = 0
    for marker, gap, _ in _jpeg_markers(content):
        junk += gap
        if marker == SCAN or junk > JPEG_JUNK:
            return junk <= JPEG_JUNK
    return False


def _jpeg(content: bytes) -> int | Rule:
    scans = 0
    for marker, _, at in _jpeg_markers(content):
        if marker == END:
            return at
        scans += marker == SCAN
        if scans > JPEG_SCANS:
            return "corrupt"
    return "truncated"


def _jpeg_markers(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield every segment's marker, how many bytes lie before it, and where its content begins."""
    at = 2
    for _ in range(JPEG_SEGMENTS):
        if (found := MARKER.search(content, at)) is None:
            return
        marker = content[found.end() - 1]
        yield marker, found.start() - at, found.end()
        at = found.end()
        if marker not in LENGTHLESS:
            at += struct.unpack_from(">H", content, at)[0]


def _png(content: bytes) -> int | Rule:
    at, kind, view = 8, b"", memoryview(content)
    colours = content[25] != IN_PALETTE
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", content, at)
        at += 12 + size
        told = struct.unpack_from(">I", content, at - 4)[0]
        # Pillow does not compare the checksum of pixels; what is not needed may be wrong
        if kind in PNG_NEEDED and told != zlib.crc32(view[at - 8 - size : at - 4]):
            return "corrupt"
        colours = colours or kind == b"PLTE"
        if kind == b"IDAT" and not colours:
            return "corrupt"  # which Pillow would show in colours of its own
    return at


def _webp(content: bytes) -> int | Rule:
    end = 8 + int.from_bytes(content[4:8], "little")
    return end if end <= len(content) else "truncated"


def _avif(content: bytes) -> int | Rule:
    at, kinds = 0, set()
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if not kind.isalnum():
            break  # what is no box follows the picture
        if size == 1:
            size = struct.unpack_from(">Q", content, at + 8)[0]
        at += max(size, 8) if size else len(content) - at
        kinds.add(kind)
    return at if at <= len(content) and b"mdat" in kinds else "truncated"


def _tiff(content: bytes) -> int | Rule:
    order = "<" if content[:2] == b"II" else ">"
    at = struct.unpack_from(f"{order}I", content, 4)[0]
    pages, entries = set(), 0
    while at and at not in pages:
        pages.add(at)
        count = struct.unpack_from(f"{order}H", content, at)[0]
        entries += count
        if len(pages) > TIFF_PAGES or entries > TIFF_ENTRIES:
            return "corrupt"
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            _, kind, number, place = struct.unpack_from(f"{order}HHII", content, entry)
            size = number * TIFF_SIZES.get(kind, 1)
            if size > 4 and place + size > len(content):
                return "truncated"
        at = struct.unpack_from(f"{order}I", content, at + 2 + 12 * count)[0]
    return len(content)  # its parts lie anywhere


def _bmp(content: bytes) -> int | Rule:
    start, header = struct.unpack_from("<II", content, 10)
    packed = 0
    if header == 12:
        width, height, _, depth = struct.unpack_from("<4H", content, 18)
    else:
        width, height, _, depth, packed = struct.unpack_from("<iiHHI", content, 18)
    if packed in (1, 2):
        return len(content)  # only the decoder knows where run lengths end, and it asks for it
    row = (width * depth + 31) // 32 * 4
    end = start + row * abs(height)
    return end if end <= len(content) else "truncated"


WALKS: dict[str, Callable[[bytes], int | Rule]] = {
    media.JPEG.type: _jpeg,
    media.PNG.type: _png,
    media.WEBP.type: _webp,
    media.GIF.type: _gif,
    media.AVIF.type: _avif,
    media.HEIC.type: _avif,
    media.TIFF.type: _tiff,
    media.BMP.type: _bmp,
}
