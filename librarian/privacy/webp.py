"""What does a WebP say beside its picture? The chunks EXIF and XMP, and those nobody knows.

WebP is RIFF (RFC 9649, section 2.7): a chunk is its name, its size and its bytes, of even number.
"""

import struct
from collections.abc import Iterator

from librarian.privacy import exif, xmp
from librarian.privacy.clean import Clean, Cleaner, Sheet, Unsafe, blanked

PICTURE = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"})
FRAME = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
FRAME_HEAD = 16
EXIF_FLAG, XMP_FLAG = 0x08, 0x04
MOST = 100_000
Chunk = tuple[bytes, int, int]
"""Its name, and where its bytes begin and end."""


def cleaned(content: bytes) -> Clean:
    """Blank the places of a WebP. Raises Unsafe for too many chunks."""
    sheet, packets = Sheet(content), xmp.few()
    end = _end(content)
    for name, start, stop in _chunks(content, 12, end):
        if name == b"ANMF":
            for inner, begin, last in _chunks(content, start + FRAME_HEAD, stop):
                if inner not in FRAME:
                    sheet.blank(begin, last, "unknown")
        elif name not in PICTURE:
            sheet.put(start, _metadata(name, content[start:stop], packets))
    sheet.trailer(end)
    return sheet.clean()


def bare(content: bytes) -> Clean:
    """Leave out every chunk but the picture's, its colours' and its orientation.

    Raises Unsafe for too many chunks.
    """
    removed: dict[str, None] = {}
    kept, turned = [], 1
    end = _end(content)
    for name, start, stop in _chunks(content, 12, end):
        if name in PICTURE:
            kept.append((name, content[start:stop]))
            continue
        removed[{b"EXIF": "exif", b"XMP ": "xmp"}.get(name, "unknown")] = None
        if name == b"EXIF" and turned == 1:
            turned = exif.orientation(content[_tiff(content[start:stop]) + start : stop])
    if content[end:].strip(b"\0"):
        removed["trailer"] = None
    if not removed:
        return Clean(content)
    if kept and kept[0][0] == b"VP8X" and kept[0][1]:
        head = bytearray(kept[0][1])
        head[0] = head[0] & ~(EXIF_FLAG | XMP_FLAG) | (EXIF_FLAG if turned != 1 else 0)
        kept[0] = (b"VP8X", bytes(head))
        if turned != 1:
            kept.append((b"EXIF", exif.minimal(turned)))
    body = b"".join(struct.pack("<4sI", n, len(c)) + c + bytes(len(c) % 2) for n, c in kept)
    return Clean(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body, tuple(removed))


def _metadata(name: bytes, data: bytes, packets: Cleaner) -> Clean:
    if name == b"XMP ":
        return packets(data)
    if name == b"EXIF":
        head = _tiff(data)
        block, removed = exif.cleaned(data[head:])
        return Clean(data[:head] + block, removed)
    return blanked(data, "unknown")


def _tiff(data: bytes) -> int:
    """Say where the TIFF block begins; some writers put before it what a JPEG has there."""
    return exif.HEAD if data.startswith(exif.BEGIN) else 0


def _end(content: bytes) -> int:
    size = 8 + int.from_bytes(content[4:8], "little")
    return min(size + size % 2, len(content))


def _chunks(content: bytes, at: int, end: int) -> Iterator[Chunk]:
    """Yield the chunks; of one that is cut off, what is there. Raises Unsafe for too many."""
    for _ in range(MOST):
        if at + 8 > end:
            return
        name, size = struct.unpack_from("<4sI", content, at)
        yield name, at + 8, min(at + 8 + size, end)
        at += 8 + size + size % 2
    raise Unsafe("a WebP of too many chunks")
