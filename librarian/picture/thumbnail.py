"""How is a picture shown small? A JPEG of its first frame, upright, as wide as was asked for.

Of a large JPEG no more is decoded than that needs; of other formats everything, with the memory
for it held as for every picture.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from librarian import media, picture
from librarian.picture import cost
from librarian.picture.grey import grey

if TYPE_CHECKING:
    from PIL import Image

WIDTHS = (160, 320, 640, 1280)
"""The widths there are, in pixels: few, so that browsers keep what they have."""
TALLEST = 4
"""How many times as high as wide one may become; what is longer becomes narrower."""
QUALITY = 80
LARGEST_PROFILE = 4096
"""Bytes of a colour profile that are worth a place in a thumbnail."""
PLAIN = frozenset({"L", "RGB"})
"""The kinds of pixels that a JPEG has."""
DEEP = ("I", "F", "LAB")
"""How kinds of pixels begin that are more than 8 bits, or no colours: shown in grey."""
UPRIGHT = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""EXIF orientation to the operation that takes it away (Pillow's Transpose)."""
COPIES = 9
"""Bytes for a pixel that other colours and what is behind transparent ones may take beside it."""


def thumbnail(content: bytes, kind: media.Media, width: int) -> bytes:
    """Draw an image `width` pixels wide, or as wide as it is if that is less; as a JPEG.

    Raises Unreadable, picture.TooLarge, memory.Busy.
    """
    facts = picture.look(content, kind)
    scale = min(1.0, width / facts.width, TALLEST * width / facts.height)
    seen = max(1, round(facts.width * scale)), max(1, round(facts.height * scale))
    size = seen[::-1] if facts.orientation in picture.TURNED else seen
    if facts.mode.startswith(DEEP):
        small, profile = grey(content, kind, max(size)), b""
    else:
        small, profile = _coloured(content, kind, facts, size)
    if facts.orientation in UPRIGHT:
        small = small.transpose(_operation(facts.orientation))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=QUALITY, **({"icc_profile": profile} if profile else {}))
    return file.getvalue()


def _coloured(
    content: bytes, kind: media.Media, facts: picture.Picture, size: tuple[int, int]
) -> tuple[Image.Image, bytes]:
    """Decode the first frame as small as can be, and give it in its size, with its profile."""
    from PIL import Image as Pillow

    with picture.complaints(content, kind):
        image = picture.opened(content, kind)
        image.draft("RGB", size)  # a JPEG can be decoded to an eighth of its size at once
    needed = _needed(content, kind, facts, image)
    with image, picture.room(needed, alone=True), picture.complaints(content, kind):
        image.load()
        small = _plain(image).resize(size, Pillow.Resampling.BOX, reducing_gap=2.0)
        profile = image.info.get("icc_profile") or b""
    fits = small.mode == facts.mode and len(profile) <= LARGEST_PROFILE
    small.info = {}
    return small, profile if fits else b""


def _needed(content: bytes, kind: media.Media, facts: picture.Picture, drafted: Image.Image) -> int:
    """Tell the memory it takes, in bytes; of a JPEG the smaller picture that was asked for."""
    if kind == media.JPEG:
        pixels = drafted.width * drafted.height
        return cost.checking(content, kind, facts.largest, 1) + 8 * pixels
    copies = 1 if facts.mode in PLAIN else COPIES
    return cost.of(content, kind, facts.largest, facts.frames) + copies * facts.largest


def _plain(image: Image.Image) -> Image.Image:
    """Give an image in the colours of a JPEG, on white where it is transparent."""
    from PIL import Image as Pillow

    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Pillow.new("RGBA", layer.size, "white")
        image = Pillow.alpha_composite(white, layer)
    return image if image.mode in PLAIN else image.convert("RGB")


def _operation(orientation: int) -> Image.Transpose:
    from PIL import Image as Pillow

    return Pillow.Transpose(UPRIGHT[orientation])
