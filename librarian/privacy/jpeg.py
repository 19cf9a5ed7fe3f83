"""What does a JPEG say beside its picture? Its segments, and what follows its end.

EXIF, XMP and Photoshop's blocks are cleaned; an application segment that nobody knows is blanked
whole, and so is what lies after the end and is no further JPEG (phones append films and notes
there). Sources: JPEG ITU-T T.81; XMP part 3, section 1.1.3 (ExtendedXMP); CIPA DC-007 (MPF).
"""

from collections.abc import Mapping

from librarian.picture.ending import END, SCAN
from librarian.picture.jpeg import Jpeg
from librarian.privacy import exif, photoshop, segments, xmp
from librarian.privacy.clean import Clean, Cleaner, Sheet, joined
from librarian.privacy.segments import Segment

EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
EXTENDED_HEAD = len(EXTENDED) + 32 + 4 + 4
"""Before each piece of an ExtendedXMP: its signature, its GUID, the whole length, the offset."""
KEPT: Mapping[int, tuple[bytes, ...]] = {
    0: (segments.JFIF, b"JFXX\0"),
    2: (segments.ICC, b"MPF\0", b"urn:iso:std:iso:ts:21496:-1\0"),
    8: (b"SPIFF\0",),
    12: (b"Ducky",),
    14: (segments.ADOBE,),
}
"""Application segments that hold no place: how to decode, colours, further pictures, gain maps."""
BEGIN, MOST_PICTURES = b"\xff\xd8\xff", 16


def cleaned(content: bytes, plain: Jpeg | None = None) -> Clean:
    """Blank the places of a JPEG. Raises Unsafe for too many segments.

    `plain` is what is known of its file, where that is plain: then it is not walked again.
    """
    sheet, packets = Sheet(content), xmp.few()
    found = segments.speaking(plain) if plain and plain.end else list(segments.walk(content))
    end = _picture(sheet, found, packets)
    for _ in range(MOST_PICTURES if end else 0):
        at = content.find(BEGIN, end)
        if at < 0:
            break
        found = list(segments.walk(content, at))
        if not found or found[-1].marker != END or not any(each.marker == SCAN for each in found):
            break
        sheet.blank(end, at, "trailer")
        end = _picture(sheet, found, packets)
    if end:
        sheet.trailer(end)
    return sheet.clean()


def bare(content: bytes) -> Clean:
    """Leave out every segment but what decoding, colours and orientation need.

    Raises Unsafe for too many segments.
    """
    found = list(segments.walk(content))
    turned = next((exif.orientation(content[each.start + exif.HEAD : each.end])
                   for each in found if _is_exif(each, content)), 1)  # fmt: skip
    removed: dict[str, None] = {}
    kept = [content[:2]]
    scanned = False
    for each in found:
        payload = content[each.start : each.end]
        if scanned:
            kept.append(content[each.gap : each.at])  # pixels
        if each.marker == segments.COMMENT or each.reserved:
            removed["unknown" if each.reserved else "comment"] = None
        elif each.app >= 0 and not segments.known(each.app, payload):
            removed[_word(each.app, payload)] = None
        else:
            kept.append(content[each.at : each.end])
        scanned = scanned or each.marker == SCAN
    if found and found[-1].marker != END:
        kept.append(content[found[-1].end :] if scanned else b"")
    elif found and content[found[-1].end :].strip(b"\0"):
        removed["trailer"] = None
    if turned != 1:  # JFIF's own segment is the first
        behind = 2 if found[0].app == 0 else 1
        kept.insert(behind, _segment(1, b"Exif\0\0" + exif.minimal(turned)))
    bare = b"".join(kept)
    return Clean(bare if removed else content, tuple(removed))


def _picture(sheet: Sheet, found: list[Segment], packets: Cleaner) -> int:
    """Blank the places of one of the pictures; give where it ends, 0 where its end is missing."""
    scanned = False
    groups: dict[bytes, list[Segment]] = {}
    for each in found:
        if not scanned and bytes(sheet.content[each.gap : each.at]).strip(b"\xff\0"):
            sheet.blank(each.gap, each.at, "trailer")
        scanned = scanned or each.marker == SCAN
        if each.reserved:
            sheet.blank(each.start, each.end, "unknown")
        app = each.app
        if app < 0:
            continue
        payload = bytes(sheet.content[each.start : each.end])
        if _is_exif(each, sheet.content):
            groups.setdefault(exif.BEGIN, []).append(each)
        elif app == 1 and payload.startswith(EXTENDED):
            groups.setdefault(payload[: len(EXTENDED) + 32], []).append(each)
        elif app == 1 and payload.startswith(xmp.JPEG_HEAD):
            _replace(sheet, [each], len(xmp.JPEG_HEAD), packets)
        elif app == 13 and payload.startswith(photoshop.BEGIN):
            groups.setdefault(photoshop.BEGIN, []).append(each)
        elif not payload.startswith(KEPT.get(app, ())):
            sheet.blank(each.start, each.end, f"app{app}")
        elif payload.startswith(b"JFXX\0\x10"):
            _replace(sheet, [each], 6, segments.thumbnail)
    for signature, group in groups.items():
        if signature == exif.BEGIN:
            _exif(sheet, group)
        elif signature == photoshop.BEGIN:
            _replace(sheet, group, len(photoshop.BEGIN), photoshop.cleaned)
        else:
            _extended(sheet, group, packets)
    return found[-1].end if found and found[-1].marker == END else 0


def _exif(sheet: Sheet, group: list[Segment]) -> None:
    """Clean EXIF; of several segments each alone, and what readers join them to."""
    if len(group) == 1:
        _replace(sheet, group, exif.HEAD, exif.cleaned)
        return
    for each in group:
        begin = each.start + exif.HEAD
        if bytes(sheet.content[begin : begin + 4]) in (b"II*\0", b"MM\0*"):
            _replace(sheet, [each], exif.HEAD, exif.cleaned)
    if not _all_alone(sheet, group):
        _replace(sheet, group, exif.HEAD, exif.cleaned)


def _all_alone(sheet: Sheet, group: list[Segment]) -> bool:
    begins = (each.start + exif.HEAD for each in group)
    return all(bytes(sheet.content[at : at + 4]) in (b"II*\0", b"MM\0*") for at in begins)


def _extended(sheet: Sheet, group: list[Segment], packets: Cleaner) -> None:
    """Clean an ExtendedXMP, whose pieces say where in it they lie."""
    head = len(EXTENDED) + 32

    def offset(each: Segment) -> int:
        return int.from_bytes(sheet.content[each.start + head + 4 : each.start + head + 8], "big")

    _replace(sheet, sorted(group, key=offset), EXTENDED_HEAD, packets)


def _replace(sheet: Sheet, group: list[Segment], head: int, cleaner: Cleaner) -> None:
    pieces = [bytes(sheet.content[each.start + head : each.end]) for each in group]
    cut, removed = joined(pieces, cleaner)
    for each, piece in zip(group, cut, strict=True):
        sheet.put(each.start + head, Clean(piece, removed))


def _is_exif(each: Segment, content: bytes | bytearray) -> bool:
    return each.app == 1 and content[each.start : each.start + 5] == exif.BEGIN


def _word(app: int, payload: bytes) -> str:
    known = ((exif.BEGIN, "exif"), (xmp.JPEG_HEAD, "xmp"), (EXTENDED, "xmp"),
             (photoshop.BEGIN, "iptc"))  # fmt: skip
    return next((word for sign, word in known if payload.startswith(sign)), f"app{app}")


def _segment(app: int, payload: bytes) -> bytes:
    return bytes((0xFF, segments.FIRST_APP + app)) + (len(payload) + 2).to_bytes(2, "big") + payload
