"""Where do Photoshop's image resources say that a picture was taken? Each is a block of its own.

A resource is a signature, its number, a Pascal string and its size (Adobe Photoshop File Formats
Specification, section "Image Resource Blocks"); IPTC records lie in number 0x0404.
"""

from librarian.privacy import iim, segments, xmp
from librarian.privacy.clean import Clean, Cleaner, Few, Sheet, blanked

BEGIN = b"Photoshop 3.0\0"
SIGNATURES = frozenset({b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"})
IPTC, XMP = 0x0404, 0x0424
EXIF = frozenset({0x0422, 0x0423})
THUMBNAILS = frozenset({0x0409, 0x040C})
THUMBNAIL_HEAD = 28
MOST = 2_000


def cleaned(block: bytes) -> Clean:
    """Blank the places in every resource."""
    sheet, at = Sheet(block), 0
    records = Few(iim.cleaned, _emptied)
    for _ in range(MOST):
        if block[at : at + 4] not in SIGNATURES:
            break
        number = int.from_bytes(block[at + 4 : at + 6], "big")
        named = block[at + 6] if at + 6 < len(block) else 0
        begin, at = at, at + 6 + (named + 2) // 2 * 2
        if _is_swallowed(block[begin + 6 : at]):
            return blanked(block, "photoshop")
        size = int.from_bytes(block[at : at + 4], "big")
        at += 4
        if at + size > len(block):
            return blanked(block, "photoshop")
        sheet.put(at, _resource(number, block[at : at + size], records))
        at += size + size % 2
    if block[at:].strip(b"\0"):
        return blanked(block, "photoshop")
    return sheet.clean()


def _emptied(data: bytes) -> Clean:
    return blanked(data, "iptc")


def _resource(number: int, data: bytes, records: Cleaner) -> Clean:
    if number == IPTC or data[:2] in (b"\x1c\x01", b"\x1c\x02"):
        return records(data)
    if number == XMP or xmp.looks_like(data):
        return xmp.cleaned(data)
    if number in EXIF or data.startswith((b"II*\0", b"MM\0*", b"Exif\0")):
        return blanked(data, "exif")
    if number in THUMBNAILS:
        content, removed = segments.thumbnail(data[THUMBNAIL_HEAD:])
        return Clean(data[:THUMBNAIL_HEAD] + content, removed)
    return blanked(data, "photoshop") if _is_swallowed(data) else Clean(data)


def _is_swallowed(data: bytes) -> bool:
    """Say whether there is a resource within what should be none: a size is wrong."""
    return any(signature in data for signature in SIGNATURES)
