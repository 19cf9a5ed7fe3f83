"""What does a TIFF say beside its pixels? Its fields; one whose pixels are not sure is refused.

A camera's raw file is a TIFF too, with pixels and notes in places that only its maker knows: to
blank what no field claims would spoil it, so it is not taken apart. Source: TIFF 6.0.
"""

import struct

from librarian.picture import ORIENTATION
from librarian.privacy import exif, ifd
from librarian.privacy.block import PIXELS, Block, Directory, Drops, Entry, Role
from librarian.privacy.clean import Clean, Unsafe

SHOWN = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, ORIENTATION, 277, 278, 279, 280,
     281, 282, 283, 284, 290, 291, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324,
     325, 330, 332, 334, 336, 338, 339, 340, 341, 342, 347, 529, 530, 531, 532, 34675}
)  # fmt: skip
"""Fields of pixels and colours."""
PHOTOMETRIC, OLD_JPEG = 262, frozenset({512, 513, 514, 515, 517, 518, 519, 520, 521})
PLAIN = frozenset({0, 1, 2, 3, 4, 5, 6, 8, 9, 10})
"""Kinds of pixels of TIFF 6.0; a sensor's own are beyond them."""
WORDS = {0x8769: "exif", 0x8825: "exif-gps", 700: "xmp", 0x83BB: "iptc", 0x8649: "iptc"}


def cleaned(content: bytes) -> Clean:
    """Blank the places of a TIFF. Raises Unsafe."""
    return _walked(content, exif.places)


def bare(content: bytes) -> Clean:
    """Blank every field but those of pixels, colours and orientation. Raises Unsafe."""
    return _walked(content, _beside)


def _beside(_block: Block, role: Role, entry: Entry) -> str:
    if role == "main" and entry.tag in SHOWN:
        return ""
    return WORDS.get(entry.tag, "tags")


def _walked(content: bytes, drops: Drops) -> Clean:
    if content[8:10] == b"CR":
        raise Unsafe("a raw photo")
    try:
        return ifd.cleaned(content, drops, exif.inner, "leftovers", _sound)
    except struct.error:
        raise Unsafe("a TIFF that breaks off") from None


def _sound(block: Block, directory: Directory) -> None:
    """Make sure that a page's pixels lie where its fields say. Raises Unsafe."""
    if directory.role != "main":
        return
    fields = directory.fields
    kind = block.numbers(fields[PHOTOMETRIC]) if PHOTOMETRIC in fields else []
    if len(kind) != 1 or kind[0] not in PLAIN or OLD_JPEG & fields.keys():
        raise Unsafe("pixels that only their maker knows")
    starts = next((tag for tag in (324, 273) if tag in fields), 0)
    if not starts or PIXELS[starts] not in fields:
        raise Unsafe("pixels whose place or size is not told")
    told = block.numbers(fields[starts]), block.numbers(fields[PIXELS[starts]])
    if not told[0] or len(told[0]) != len(told[1]):
        raise Unsafe("pixels whose place or size is not told")
