"""What does a picture look like at a glance? Small, in shades of grey, to be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from librarian import media, picture
from librarian.picture import cost

if TYPE_CHECKING:
    from PIL import Image

PLAIN = frozenset({"1", "L", "RGB", "CMYK", "YCbCr"})
"""The kinds of pixels that become grey in one step."""


def grey(content: bytes, kind: media.Media, side: int) -> Image.Image:
    """Give the first frame in shades of grey, 0 to 255, on white, its longer side `side` at most.

    No more is decoded than that needs. Raises Unreadable, picture.TooLarge, memory.Busy.
    """
    from PIL import Image as Pillow

    facts = picture.look(content, kind)
    with (
        picture.room(_needed(content, kind, facts)),
        picture.complaints(content, kind),
        picture.opened(content, kind) as image,
    ):
        scale = min(1.0, side / max(image.size))
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image.draft("L", size)  # a JPEG can be decoded to an eighth of its size at once
        image.load()
        return _shades(image).resize(size, Pillow.Resampling.BOX, reducing_gap=2.0)


def _needed(content: bytes, kind: media.Media, facts: picture.Picture) -> int:
    """Tell the memory it takes: several copies of what is decoded, which of a JPEG is little."""
    if kind == media.JPEG:
        return cost.checking(content, kind, facts.largest, 1) + facts.largest
    copies = 1 if facts.mode in PLAIN else 9
    return cost.of(content, kind, facts.largest, 1) + copies * facts.largest


def _shades(image: Image.Image) -> Image.Image:
    """Give an image in 8 bits of grey."""
    from PIL import Image as Pillow

    if image.mode == "LAB":
        return image.getchannel("L")
    if image.mode.startswith(("I", "F")):  # 16 bits or more, which convert() would clip
        values = image.convert("F")
        _, most = cast("tuple[float, float]", values.getextrema())
        scale = 255 / (65535 if image.mode.startswith("I;16") else max(1.0, most))
        return values.point(lambda value: value * scale + 0).convert("L")
    if image.has_transparency_data:
        white = Pillow.new("RGBA", image.size, "white")
        image = Pillow.alpha_composite(white, image.convert("RGBA"))
    return image.convert("L")
