"""Where does a picture's EXIF say that it was taken? That is blanked; all else stays in its place.

A block that cannot be taken apart safely is blanked whole, but for the picture's orientation.
"""

import struct
from contextlib import suppress

from librarian.picture import ORIENTATION
from librarian.privacy import ifd, iim, photoshop, place, segments, xmp
from librarian.privacy.block import Block, Entry, Role, only_a_version
from librarian.privacy.clean import Clean, Cleaner, Unsafe

BEGIN = b"Exif\0"
HEAD = 6
"""Bytes before the TIFF block of an EXIF segment: `Exif`, and two more."""
ASCII = 2
LEAST = 14
"""Bytes of the smallest block: a header, and a directory of nothing."""
INNER: dict[int, Cleaner] = {
    700: xmp.cleaned,
    0x83BB: iim.cleaned,
    0x8649: photoshop.cleaned,
}
"""The tags whose values are blocks of metadata themselves."""


def places(block: Block, role: Role, entry: Entry) -> str:
    """Say in a word which place a field tells, empty for none."""
    if entry.tag == place.GPS:
        return "" if only_a_version(block, entry) else "exif-gps"
    if entry.tag in place.GEO:
        return "exif-geo"
    if role == "interop":
        return "exif-gps" if entry.apart and entry.tag <= place.LAST_GPS else ""
    stray = entry.tag <= place.LAST_GPS and (entry.tag, entry.kind) != (0x0B, ASCII)
    return "exif-gps" if stray and role != "gps" else ""


def inner(tag: int, begin: bytes) -> Cleaner | None:
    """Choose what cleans the value of a field; blocks are told by how they begin, too."""
    if tag in INNER:
        return INNER[tag]
    if begin[:4] in photoshop.SIGNATURES:
        return photoshop.cleaned
    if begin[:2] == bytes((iim.MARK, 2)):
        return iim.cleaned
    return xmp.cleaned if xmp.looks_like(begin) else None


def _with_thumbnail(tag: int, begin: bytes) -> Cleaner | None:
    return segments.thumbnail if tag == ifd.THUMBNAIL else inner(tag, begin)


def cleaned(block: bytes) -> Clean:
    """Blank the places of a block of EXIF, which begins with its TIFF header."""
    try:
        return ifd.cleaned(block, places, _with_thumbnail, "exif-leftovers")
    except (Unsafe, struct.error):
        return emptied(block)


def segment(payload: bytes) -> Clean:
    """Blank the places of an EXIF block that begins as in a JPEG: `Exif`, two bytes, TIFF."""
    content, removed = cleaned(payload[HEAD:])
    return Clean(payload[:HEAD] + content, removed)


def emptied(block: bytes) -> Clean:
    """Blank a whole block of EXIF but for its orientation."""
    turned = orientation(block)
    kept = minimal(turned)
    if len(kept) > len(block):
        kept = minimal(1) if len(block) >= LEAST else b""
    content = kept.ljust(len(block), b"\0")
    return Clean(content, ("exif",) if content != block else ())


def minimal(turned: int) -> bytes:
    """Write a block of EXIF that says how the picture is turned, and nothing else."""
    rows = struct.pack("<HHIHH", ORIENTATION, 3, 1, turned, 0) if turned != 1 else b""
    return struct.pack("<2sHIH", b"II", 42, 8, len(rows) // 12) + rows + bytes(4)


def orientation(block: bytes) -> int:
    """Read how the picture is turned (1 to 8), as far as a damaged block can say it; else 1."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2], "")
    with suppress(struct.error):
        (at,) = struct.unpack_from(f"{order}I", block, 4) if order else (len(block),)
        (count,) = struct.unpack_from(f"{order}H", block, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", block, entry)
            if tag == ORIENTATION and kind == 3 and value in range(1, 9):
                return int(value)
    return 1
