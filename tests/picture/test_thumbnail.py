"""Is a picture shown small as people see it: upright, in its colours, never larger than it is?"""

import io
from contextlib import AbstractContextManager

import pytest
from PIL import Image

from librarian import media, memory, picture
from librarian.picture.thumbnail import TALLEST, thumbnail
from tests.pictures import FORMATS, make, png


def shown(content: bytes, width: int) -> Image.Image:
    made = thumbnail(content, media.sniff(content), width)
    assert media.sniff(made) == media.JPEG
    return Image.open(io.BytesIO(made))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_shown_in_the_width_asked_for(name: str) -> None:
    assert shown(make(name, 640, 480), 160).size == (160, 120)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_made_larger(name: str) -> None:
    assert shown(make(name, 100, 75), 320).size == (100, 75)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_picture_is_shown_upright(turn: int) -> None:
    """Its corner that is red when seen upright is red in the thumbnail."""
    upright = Image.new("RGB", (640, 320), "blue")
    upright.paste("red", (0, 0, 200, 100))
    stored = upright
    for operation in {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}.get(turn, []):
        stored = upright.transpose(Image.Transpose(operation))
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = turn
    stored.save(file, "JPEG", exif=exif)
    small = shown(file.getvalue(), 160).convert("RGB")
    assert small.size == (160, 80)
    corner, other = small.getpixel((5, 5)), small.getpixel((150, 70))
    assert isinstance(corner, tuple)
    assert isinstance(other, tuple)
    assert corner[0] > 200 > 100 > corner[2]
    assert other[2] > 200 > 100 > other[0]


def test_what_is_transparent_stands_on_white() -> None:
    clear = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    for name, image in (("PNG", clear), ("PNG", clear.convert("LA")), ("GIF", clear)):
        file = io.BytesIO()
        image.save(file, name)
        assert shown(file.getvalue(), 160).convert("L").tobytes() == b"\xff" * 160 * 160, name


def test_sixteen_bits_are_shown_in_grey() -> None:
    image = Image.new("I;16", (400, 200), 40000)
    assert shown(png(image), 160).mode == "L"


def test_a_long_strip_becomes_narrow_instead_of_huge() -> None:
    small = shown(png(Image.new("RGB", (200, 30_000), "teal")), 160)
    assert small.height == TALLEST * 160
    assert small.width >= 1


def test_a_colour_profile_stays_with_its_colours() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = make("JPEG", 640, 480, icc_profile=profile)
    assert shown(content, 160).info["icc_profile"] == profile


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_broken_picture_is_told_and_nothing_else(name: str) -> None:
    content = make(name, 320, 240)
    with pytest.raises(picture.Unreadable):
        thumbnail(content[: len(content) // 2], media.sniff(content), 160)


def test_a_large_jpeg_takes_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """48 megapixels would be 190 MB as they are; an eighth of each side is enough."""
    content = io.BytesIO()
    Image.new("RGB", (8000, 6000), "teal").save(content, "JPEG")
    really, held = memory.PICTURES.hold, []

    def holding(size: int, *, alone: bool = False) -> AbstractContextManager[None]:
        held.append(size)
        return really(size, alone=alone)

    monkeypatch.setattr(memory.PICTURES, "hold", holding)
    assert shown(content.getvalue(), 320).size == (320, 240)
    assert 0 < max(held) < 16 * 2**20
