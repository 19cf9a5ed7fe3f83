"""Where do the segments of a JPEG begin and end? Walked as decoders do (ITU-T T.81, annex B)."""

from collections.abc import Iterator
from typing import NamedTuple

from librarian.picture.ending import END, LENGTHLESS, MARKER, SCAN
from librarian.picture.jpeg import Jpeg
from librarian.privacy.clean import Clean, Sheet, Unsafe

MOST = 20_000
COMMENT, FIRST_APP, LAST_APP = 0xFE, 0xE0, 0xEF
ICC, ADOBE, JFIF = b"ICC_PROFILE\0", b"Adobe", b"JFIF\0"


class Segment(NamedTuple):
    """One segment: its marker, where that stands, and where its payload begins and ends."""

    marker: int
    gap: int
    """Where what lies before the marker begins: junk, or after a scan's header its pixels."""
    at: int
    start: int
    end: int

    @property
    def reserved(self) -> bool:
        """Whether no standard says what such a segment holds (T.81, table B.1)."""
        return 0x01 < self.marker < 0xC0 or 0xEF < self.marker < COMMENT

    @property
    def app(self) -> int:
        """The number of an application segment, -1 for what is none."""
        return self.marker - FIRST_APP if FIRST_APP <= self.marker <= LAST_APP else -1


def walk(content: bytes | bytearray, at: int = 0) -> Iterator[Segment]:
    """Yield every segment from a JPEG's begin to its end marker. Raises Unsafe for too many."""
    at += 2
    for _ in range(MOST):
        if (found := MARKER.search(content, at)) is None:
            return
        marker, start = content[found.end() - 1], found.end()
        gap, at = at, start
        if marker in LENGTHLESS:
            yield Segment(marker, gap, found.start(), start, start)
            if marker == END:
                return
            continue
        size = int.from_bytes(content[start : start + 2], "big")
        at = min(start + max(size, 2), len(content))
        yield Segment(marker, gap, found.start(), min(start + 2, at), at)
    raise Unsafe("a JPEG of too many segments")


def speaking(plain: Jpeg) -> list[Segment]:
    """Give those segments of a plain JPEG that may say something, and its end mark.

    Between the others there is nothing but pixels.
    """
    end = plain.end
    found = [
        Segment(marker, start - 4, start - 4, start, end)
        for marker, start, end in plain.segments
        if FIRST_APP <= marker <= LAST_APP
    ]
    return [*found, Segment(END, end - 2, end - 2, end, end)]


def known(app: int, payload: bytes) -> bool:
    """Say whether an application segment is needed to show the picture as it is meant."""
    return (
        (app == 0 and payload.startswith(JFIF))
        or (app == 2 and payload.startswith(ICC))
        or (app == 14 and payload.startswith(ADOBE))
    )


def thumbnail(block: bytes) -> Clean:
    """Blank the metadata of a small JPEG that lies within metadata, and what is no JPEG."""
    sheet, end, scans = Sheet(block), 0, 0
    if block.startswith(b"\xff\xd8"):
        for each in walk(block):
            if not scans and block[each.gap : each.at].strip(b"\xff\0"):
                sheet.blank(each.gap, each.at, "exif-thumbnail")
            scans += each.marker == SCAN
            if each.marker == COMMENT or each.app >= 0 or each.reserved:
                payload = block[each.start : each.end]
                if not known(each.app, payload):
                    sheet.blank(each.start, each.end, "exif-thumbnail")
            end = each.end if each.marker == END else 0
    if not scans or not end:
        end = 0
    sheet.blank(end, len(block), "exif-thumbnail")
    return sheet.clean()
