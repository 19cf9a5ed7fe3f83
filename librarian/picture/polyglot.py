"""Is this image another kind of file at the same time? Then it is for somebody else's program.

Phones append second pictures, films and notes of their own to a photo, which is fine. What is not:
a ZIP archive, which readers look for from the end of a file (PKWARE's APPNOTE, section 4.3.16); a
PDF, which they look for in the first kilobyte (ISO 32000-1, annex H, note 13); a page, a script or
a program behind the image's end.
"""

import re
import struct

from stringzilla import rfind

from librarian import media
from librarian.picture import ending

ZIP_END, ZIP_TAIL = b"PK\x05\x06", 22
LONGEST_REMARK = 65_535
"""Bytes that may follow the end of a ZIP's directory."""
PDF_HEAD = 1024
CODE = re.compile(rb"<(?:script|html|body|iframe|svg|!doctype|\?php)\b", re.IGNORECASE)
HARMLESS = ("image/", "video/", "audio/")


def also(content: bytes, kind: media.Media, end: int | None = None) -> media.Media | None:
    """Say what else an image is, None for an image and nothing else.

    `end` is where it ends, if that is known.
    """
    if b"%PDF-" in content[:PDF_HEAD]:
        return media.KNOWN["application/pdf"]
    if _ends_a_zip(content):
        return media.ZIP
    found = ending.of(content, kind) if end is None else end
    rest = content[found:].strip(b"\0\t\r\n ") if isinstance(found, int) else b""
    if not rest:
        return None
    if CODE.search(rest):
        return media.HTML
    told = media.sniff(rest)
    if told == media.TEXT and kind == media.JPEG:
        return None  # a camera's remark
    harmless = told in (media.EMPTY, media.BYTES) or told.type.startswith(HARMLESS)
    return None if harmless else told


def _ends_a_zip(content: bytes) -> bool:
    """Say whether a ZIP's directory ends here: one that lies within the file and ends with it."""
    first, at = max(0, len(content) - ZIP_TAIL - LONGEST_REMARK), len(content)
    while (at := rfind(content, ZIP_END, first, at)) >= 0:
        if at + ZIP_TAIL <= len(content):
            size, start, remark = struct.unpack_from("<IIH", content, at + 12)
            if at + ZIP_TAIL + remark <= len(content) and size + start <= at:
                return True
    return False
