"""What does a PNG say beside its pixels? Its chunks; the checksum of each changed one is renewed.

A chunk nobody knows is blanked, and so is what follows the end. Source: PNG (W3C, third edition),
section 5.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from librarian.privacy import exif, pngtext
from librarian.privacy.clean import Clean, Sheet, Unsafe, blanked

SHOWN = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
     b"cICP", b"mDCV", b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
     b"CgBI"}
)  # fmt: skip
"""Chunks of pixels and colours."""
KNOWN = SHOWN | {b"tIME", b"oFFs", b"pCAL", b"sCAL", b"sTER", b"gIFg", b"iDOT", b"vpAg"}
TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
WORDS = {b"eXIf": "exif", b"tIME": "time"} | dict.fromkeys(TEXTS, "text")
MOST = 100_000


class Chunk(NamedTuple):
    """One chunk: where it stands, its kind, its bytes, and where the next one stands."""

    at: int
    kind: bytes
    data: bytes
    end: int


def cleaned(content: bytes) -> Clean:
    """Blank the places of a PNG. Raises Unsafe for too many chunks."""
    sheet, end, reader = Sheet(content), 0, pngtext.Reader()
    for each in _chunks(content):
        end = each.end if each.kind == b"IEND" else 0
        if each.kind in KNOWN:
            continue
        kind, clean = each.kind, Clean(each.data)
        if each.kind == b"eXIf":
            clean = exif.cleaned(each.data)
        elif each.kind in TEXTS:
            kind, clean = pngtext.cleaned(each.kind, each.data, reader)
        else:
            clean = blanked(each.data, "unknown")
        if clean.removed:  # of a chunk that is cut off, its announced size stays
            whole = _written(kind, clean.content)[4 : each.end - each.at]
            sheet.put(each.at + 4, Clean(whole, clean.removed))
    if end:
        sheet.trailer(end)
    return sheet.clean()


def bare(content: bytes) -> Clean:
    """Leave out every chunk but those of pixels, colours and orientation.

    Raises Unsafe for too many chunks.
    """
    removed: dict[str, None] = {}
    kept, end, turned = [content[:8]], 0, 1
    for each in _chunks(content):
        end = each.end if each.kind == b"IEND" else 0
        if each.kind in SHOWN:
            kept.append(content[each.at : each.end])
            continue
        removed[WORDS.get(each.kind, "unknown")] = None
        if each.kind == b"eXIf" and turned == 1:
            turned = exif.orientation(each.data)
    if end and content[end:].strip(b"\0"):
        removed["trailer"] = None
    if turned != 1:
        kept.insert(2, _written(b"eXIf", exif.minimal(turned)))
    return Clean(b"".join(kept) if removed else content, tuple(removed))


def _written(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", checksum)


def _chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to the end's; of one that is cut off, what is there. Raises Unsafe."""
    at = 8
    for _ in range(MOST):
        if at + 8 > len(content):
            return
        size, kind = struct.unpack_from(">I4s", content, at)
        yield Chunk(at, kind, content[at + 8 : at + 8 + size], min(at + 12 + size, len(content)))
        at += 12 + size
        if kind == b"IEND":
            return
    raise Unsafe("a PNG of too many chunks")
