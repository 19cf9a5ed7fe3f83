"""What does a GIF say beside its pictures? Its extensions (GIF89a, section 26; XMP part 3, 1.1.2).

An XMP packet lies in a GIF bare, its characters taken for the lengths of blocks; 258 bytes after
it lead every reader to its end. Other extensions are cut into blocks of at most 255 bytes.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from librarian.privacy import iim, photoshop, xmp
from librarian.privacy.clean import Clean, Cleaner, Sheet, Unsafe, blanked, joined

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
APPLICATION, COMMENT, JUNK = 0xFF, 0xFE, -1
LABELS = frozenset({APPLICATION, COMMENT, 0xF9, 0x01})
"""Extensions of the standard; 0xF9 says how long a picture is shown, 0x01 is plain text."""
XMP = b"XMP DataXMP"
MAGIC = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
SHOWN = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"})
"""Applications whose data say how the pictures are shown."""
INNER: dict[bytes, Cleaner] = {
    b"MGKIPTC0000": iim.cleaned,
    b"MGK8BIM0000": photoshop.cleaned,
}
MOST = 200_000
BEGIN = re.compile(rb"[\x21\x2c\x3b]")


class Extension(NamedTuple):
    """One extension: where it begins, its label, its blocks of data, and where it ends."""

    at: int
    label: int
    blocks: list[tuple[int, int]]
    end: int


def cleaned(content: bytes) -> Clean:
    """Blank the places of a GIF. Raises Unsafe for too many blocks."""
    sheet = Sheet(content)
    end = len(content)
    for each in _walk(content):
        if isinstance(each, int):
            end = each
        elif each.label == APPLICATION and each.blocks:
            _application(sheet, each)
        elif each.label == JUNK:
            sheet.blank(each.at, each.end, "unknown")
        elif each.label not in LABELS:
            for start, stop in each.blocks:
                sheet.blank(start, stop, "unknown")
    sheet.trailer(end)
    return sheet.clean()


def bare(content: bytes) -> Clean:
    """Leave out every extension but what the pictures and their colours need.

    Raises Unsafe for too many blocks.
    """
    kept, at, end = [], 0, len(content)
    removed: dict[str, None] = {}
    for each in _walk(content):
        if isinstance(each, int):
            end = each
            continue
        name = _name(content, each)
        if each.label == COMMENT or (each.label != 0xF9 and name not in SHOWN):
            word = {XMP: "xmp", b"MGKIPTC0000": "iptc", b"MGK8BIM0000": "iptc"}.get(name, "unknown")
            removed["comment" if each.label == COMMENT else word] = None
            kept.append(content[at : each.at])
            at = each.end
    if content[end:].strip(b"\0"):
        removed["trailer"] = None
    kept.append(content[at:end])
    return Clean(b"".join(kept) if removed else content, tuple(removed))


def _application(sheet: Sheet, each: Extension) -> None:
    name = _name(sheet.content, each)
    if name in SHOWN:
        return
    if name == XMP:
        first = each.blocks[0][1]
        bare = bytes(sheet.content[first : each.end])
        if bare.endswith(MAGIC):
            packet = bare[: -len(MAGIC)]
            # a zero would end the blocks as which its characters are read
            sheet.put(first, xmp.emptied(packet) if b"\0" in packet else xmp.cleaned(packet))
            return
    data = each.blocks[1:]
    pieces = [bytes(sheet.content[start:end]) for start, end in data]
    cut, removed = joined(pieces, xmp.cleaned if name == XMP else INNER.get(name, _unknown))
    for (start, _), piece in zip(data, cut, strict=True):
        sheet.put(start, Clean(piece, removed))


def _unknown(data: bytes) -> Clean:
    return blanked(data, "unknown")


def _name(content: bytes | bytearray, each: Extension) -> bytes:
    return bytes(content[each.blocks[0][0] : each.blocks[0][1]]) if each.blocks else b""


def _walk(content: bytes) -> Iterator[Extension | int]:
    """Yield every extension, and last where the GIF ends if its end is there."""
    at = _after_colours(content, 10, 13)
    for _ in range(MOST):
        if at >= len(content):
            return
        kind = content[at]
        if kind == TRAILER:
            yield at + 1
            return
        if kind == EXTENSION:
            label = content[at + 1] if at + 1 < len(content) else 0
            blocks, end = _blocks(content, at + 2)
            yield Extension(at, label, blocks, end)
        elif kind == IMAGE:
            end = _after_blocks(content, _after_colours(content, at + 9, at + 10) + 1)
        else:
            found = BEGIN.search(content, at)
            end = found.start() if found else len(content)
            yield Extension(at, JUNK, [], end)  # decoders pass over what is no block
        at = end
    raise Unsafe("a GIF of too many blocks")


def _after_colours(content: bytes, flags: int, at: int) -> int:
    packed = content[flags] if flags < len(content) else 0
    return at + (3 << (packed & 7) + 1 if packed & 0x80 else 0)


def _blocks(content: bytes, at: int) -> tuple[list[tuple[int, int]], int]:
    """Give the blocks of data and where they end; of what is cut off, what is there."""
    found = []
    while at < len(content) and (size := content[at]):
        found.append((at + 1, min(at + 1 + size, len(content))))
        at += 1 + size
        if len(found) > MOST:
            raise Unsafe("a GIF of too many blocks")
    return found, min(at + 1, len(content))


def _after_blocks(content: bytes, at: int) -> int:
    while at < len(content) and (size := content[at]):
        at += 1 + size
    return min(at + 1, len(content))
