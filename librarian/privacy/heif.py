"""What does an AVIF or a HEIC say beside its picture? Its items of EXIF and XMP, and loose boxes.

Bytes that belong to no item are blanked, boxes that nobody knows become `free` boxes of zeros.
Sources: HEIF ISO/IEC 23008-12, annex A; AVIF 1.1; ISO base media file format ISO/IEC 14496-12.
"""

from collections.abc import Iterator, Sequence

from librarian.privacy import exif, items, xmp
from librarian.privacy.clean import Clean, Cleaner, Sheet, Unsafe, blanked, joined
from librarian.privacy.isobmff import FREE, Box, boxes
from librarian.privacy.items import Item, Range

PICTURES = frozenset(
    {b"av01", b"hvc1", b"hev1", b"lhv1", b"avc1", b"vvc1", b"evc1", b"jpeg", b"j2k1", b"unci",
     b"mski", b"grid", b"iovl", b"iden", b"tmap", b"a1op"}
)  # fmt: skip
"""Items that are pixels, or say how others make the picture."""
TOP = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"pdin"})
HOLDERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"})
TRACK = HOLDERS | frozenset(
    {b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"vmhd", b"nmhd", b"dref", b"stsd", b"stts", b"stsc",
     b"stsz", b"stz2", b"stco", b"co64", b"stss", b"ctts", b"cslg", b"sdtp", b"sbgp", b"sgpd",
     b"elst", b"tref", b"mvex"}
)  # fmt: skip
"""Boxes of a sequence of pictures that hold no place."""
SEEN = frozenset({b"pict", b"vide", b"auxv"})
"""Kinds of tracks that are pictures."""
XMP_TYPE = b"application/rdf+xml"
MOST_SPOTS = 100
OFFSET = 4
"""Bytes before the EXIF of an item: how far after them its TIFF header is."""


def cleaned(content: bytes) -> Clean:
    """Blank the places of an AVIF or HEIC. Raises Unsafe where its parts are not sure."""
    return _walked(content, _exif_item, xmp.few())


def bare(content: bytes) -> Clean:
    """Blank all of an AVIF's or HEIC's metadata; its orientation and colours are properties.

    Raises Unsafe where its parts are not sure.
    """
    return _walked(content, _no_exif, xmp.emptied)


def _walked(content: bytes, of_exif: Cleaner, of_xmp: Cleaner) -> Clean:
    sheet = Sheet(content)
    top = list(boxes(content, 0, len(content), TOP))
    metas = [each for each in top if each.kind == b"meta"]
    if len(metas) != 1:
        raise Unsafe("no meta box, or two")
    found = items.read(content, metas[0])
    spots = [each for each in (*top, *found.within) if each.kind in (b"mdat", b"idat")]
    _check(found.items, spots, len(content))
    movie = any(each.kind == b"moov" for each in top)
    for each in (*top, *found.within):
        if each.kind == b"moov":
            _movie(sheet, content, each)
        elif each.kind not in TOP and each.kind not in items.KNOWN:
            _free(sheet, each)
    ranges = sorted(each for item in found.items for each in item.ranges)
    for spot in spots:
        for start, end in _loose(spot, ranges) if not movie or spot.kind == b"idat" else ():
            sheet.blank(start, end, "leftovers")
    for item in found.items:
        if item.kind not in PICTURES:
            _item(sheet, item, of_exif, of_xmp)
    sheet.trailer(top[-1].end)
    return sheet.clean()


def _check(all_items: Sequence[Item], spots: Sequence[Box], most: int) -> None:
    """Make sure that metadata lie where data do, and no pixels in them. Raises Unsafe."""
    told = sorted(
        (start, end, item.kind not in PICTURES) for item in all_items for start, end in item.ranges
    )
    reached = {True: 0, False: 0}
    if len(spots) > MOST_SPOTS or sum(end - start for start, end, about in told if about) > most:
        raise Unsafe("data in too many pieces, or told again and again")
    for start, end, is_metadata in told:
        if is_metadata and not any(s.start <= start and end <= s.end for s in spots):
            raise Unsafe("metadata among the boxes")
        if start < reached[not is_metadata]:
            raise Unsafe("metadata among the pixels")
        reached[is_metadata] = max(reached[is_metadata], end)


def _item(sheet: Sheet, item: Item, of_exif: Cleaner, of_xmp: Cleaner) -> None:
    """Clean what an item says that is no picture."""
    pieces = [bytes(sheet.content[start:end]) for start, end in item.ranges]
    cleaner: Cleaner = _unknown
    if item.kind == b"Exif":
        cleaner = of_exif
    elif item.kind == b"mime" and item.content_type == XMP_TYPE and not item.encoded:
        cleaner = of_xmp
    cut, removed = joined(pieces, cleaner)
    for (start, _), piece in zip(item.ranges, cut, strict=True):
        sheet.put(start, Clean(piece, removed))


def _unknown(data: bytes) -> Clean:
    return blanked(data, "unknown")


def _exif_item(data: bytes) -> Clean:
    head = OFFSET + int.from_bytes(data[:OFFSET], "big")
    if data[head : head + 4] not in (b"II*\0", b"MM\0*"):
        head = OFFSET + exif.HEAD if data[OFFSET:].startswith(exif.BEGIN) else OFFSET
    between = data[OFFSET:head]
    before = Clean(between) if between == b"Exif\0\0" else _unknown(between)
    block = exif.cleaned(data[head:])
    whole = data[:OFFSET] + before.content + block.content
    return Clean(whole, before.removed + block.removed)


def _no_exif(data: bytes) -> Clean:
    """Leave an empty block; how the picture is turned is a property of its own."""
    block = exif.minimal(1).ljust(len(data) - OFFSET, b"\0")
    empty = len(data) >= OFFSET + exif.LEAST
    content = bytes(OFFSET) + block if empty else bytes(len(data))
    return Clean(content, ("exif",) if content != data else ())


def _loose(spot: Box, ranges: Sequence[Range]) -> Iterator[Range]:
    """Yield what of a box's bytes belongs to no item."""
    at = spot.start
    for start, end in ranges:
        if end > spot.start and start < spot.end:
            if start > at:
                yield at, start
            at = max(at, end)
    if at < spot.end:
        yield at, spot.end


def _movie(sheet: Sheet, content: bytes, box: Box, deep: int = 0) -> None:
    """Free what a sequence of pictures holds beside its tracks. Raises Unsafe for other tracks."""
    if deep > len(HOLDERS):
        raise Unsafe("boxes too deep to read")
    for each in boxes(content, box.start, box.end):
        if each.kind not in TRACK:
            _free(sheet, each)
        elif each.kind in HOLDERS:
            _movie(sheet, content, each, deep + 1)
        elif each.kind == b"hdlr" and content[each.start + 8 : each.start + 12] not in SEEN:
            raise Unsafe("a track of something else than pictures")


def _free(sheet: Sheet, box: Box) -> None:
    """Make a box one of nothing."""
    if sheet.blank(box.start, box.end, "unknown"):
        sheet.put(box.at + 4, Clean(FREE, ("unknown",)))
