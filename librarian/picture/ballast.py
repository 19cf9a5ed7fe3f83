"""Does an image carry more beside its pixels than cameras put there? Counted, before it is opened.

Notes, profiles and thumbnails are read into memory by whoever opens the file, some of them
inflated; a file may hold nothing else, or a few kilobytes that become gigabytes. Layouts: JPEG
ITU-T T.81 annex B; PNG (W3C, third edition) section 11.3; WebP RFC 9649 section 2.7; GIF89a
section 24.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator

from librarian import media

MOST = 8 * 2**20
"""Bytes of all notes together; a depth map in a phone's portrait takes some three million."""
INFLATED = 2**20
"""Bytes of one text that a PNG holds deflated, as Pillow reads them too."""
MARKER = re.compile(rb"\xff+([^\x00\xff])")
SCAN, PASSED_OVER = 0xDA, frozenset({0x01, *range(0xD0, 0xD9)})
APPLICATION = frozenset({*range(0xE0, 0xF0), 0xFE})
DEFLATED = frozenset({b"zTXt", b"iCCP", b"iTXt"})
PIXELS = frozenset({b"IDAT", b"fdAT"})
NOTES = frozenset({b"ICCP", b"EXIF", b"XMP "})


def is_heavy(content: bytes, kind: media.Media) -> bool:
    """Say whether it is more than is taken; a file that ends too early is not its business."""
    if len(content) <= INFLATED and kind != media.PNG:
        return False
    weight = WEIGHTS.get(kind.type)
    try:
        return weight is not None and _exceeds(weight(content))
    except (IndexError, struct.error):
        return False


def _exceeds(sizes: Iterator[int]) -> bool:
    total = 0
    for size in sizes:
        total += size
        if total > MOST:
            return True
    return False


def _jpeg(content: bytes) -> Iterator[int]:
    at = 2
    while (found := MARKER.search(content, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker in PASSED_OVER:
            continue
        if marker == SCAN:
            return
        size = struct.unpack_from(">H", content, at)[0]
        if marker in APPLICATION:
            yield size
        at += size


def _png(content: bytes) -> Iterator[int]:
    at = 8
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        if name == b"IEND":
            return
        if name not in PIXELS:
            yield min(size, len(content) - at)
        if name in DEFLATED:
            yield _inflated(name, memoryview(content)[at + 8 : at + 8 + size])
        at += 12 + size


def _inflated(name: bytes, chunk: memoryview) -> int:
    """Tell how much a chunk's text becomes: MOST and more where it is above INFLATED."""
    keyword, _, rest = bytes(chunk[:80]).partition(b"\0")
    start = len(keyword) + 2
    if name == b"iTXt":
        if rest[:1] != b"\1":
            return 0
        languages = bytes(chunk[start + 1 : start + 401]).split(b"\0", 2)
        start += 1 + len(b"\0".join(languages[:2])) + 1
    inflate = zlib.decompressobj()
    try:
        size = len(inflate.decompress(chunk[start:], INFLATED))
    except zlib.error:
        return 0  # a broken note is no broken picture
    return size if inflate.eof or size < INFLATED else MOST + 1


def _webp(content: bytes) -> Iterator[int]:
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        if name in NOTES:
            yield min(size, len(content) - at)
        at += 8 + size + size % 2


def _gif(content: bytes) -> Iterator[int]:
    flags = content[10]
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while (block := content[at]) != 0x3B:
        at += 1
        if block == 0x2C:
            flags = content[at + 8]
            at += 9 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        elif block != 0x21:
            continue
        at, note = at + 1, block == 0x21
        while size := content[at]:
            at += 1 + size
            if note:
                yield size
        at += 1


WEIGHTS: dict[str, Callable[[bytes], Iterator[int]]] = {
    media.JPEG.type: _jpeg,
    media.PNG.type: _png,
    media.WEBP.type: _webp,
    media.GIF.type: _gif,
}
