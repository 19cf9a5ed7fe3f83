"""Does the actor image keep images as received, and convert them only where it is told to?"""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from pydantic import ValidationError

from librarian.actors.image import Image
from librarian.record import Blob
from librarian.settings.binding import adapter
from librarian.stage import StoreError
from tests.actors.local import LocalStoreContract

KEY = "0123456789abcdef01234567"
FORMATS = ("PNG", "JPEG", "WEBP")
RED, BLUE = (255, 0, 0), (0, 0, 255)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


class TestTheContract(LocalStoreContract):
    @pytest.fixture
    def actor(self, tmp_path: Path) -> Image:
        return Image(str(tmp_path / "images"))

    @pytest.fixture
    def reopened(self, actor: Image) -> Image:
        return Image(actor.directory)


def encoded(image: Pillow.Image, kind: str, **params: Any) -> Blob:
    file = io.BytesIO()
    image.save(file, kind, **params)
    return Blob("image", file.getvalue())


def halves(left: tuple[int, ...], right: tuple[int, ...], mode: str = "RGB") -> Pillow.Image:
    """Give an image of 40 by 20 pixels, its halves of two colours."""
    image = Pillow.new(mode, (40, 20), left)
    image.paste(right, (20, 0, 40, 20))
    return image


def kept(directory: Path, convert: Any, part: Blob) -> Pillow.Image:
    """Give the image that lies in the folder after it was kept."""
    actor = Image(str(directory), convert=convert)
    stored = actor.act(KEY, part)
    assert stored.name == actor.name_of(KEY, part.extension)
    found = actor.fetch(stored.name)
    assert found is not None
    image = Pillow.open(io.BytesIO(found))
    image.load()
    return image


def is_near(pixel: Any, wanted: Any) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize(
    ("kind", "extension"),
    [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp"), ("GIF", ".gif"), ("AVIF", ".avif")],
)
def test_an_image_is_named_by_key_and_bytes(tmp_path: Path, kind: str, extension: str) -> None:
    part = Blob("image", encoded(halves(RED, BLUE), kind).content, "lies.exe")
    assert Image(str(tmp_path)).act(KEY, part).name == KEY + extension
    assert (tmp_path / (KEY + extension)).read_bytes() == part.content


@pytest.mark.parametrize("wanted", FORMATS)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF", "TIFF", "BMP"])
def test_an_image_is_converted_from_every_format(tmp_path: Path, kind: str, wanted: str) -> None:
    image = kept(tmp_path, wanted, encoded(halves(RED, BLUE), kind))
    assert image.format == wanted
    assert image.size == (40, 20)
    assert is_near(image.convert("RGB").getpixel((5, 10)), RED)
    assert is_near(image.convert("RGB").getpixel((35, 10)), BLUE)


@pytest.mark.parametrize("wanted", FORMATS)
@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *[(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGBA")],
        *[(mode, "TIFF") for mode in ("CMYK", "YCbCr", "F", "L", "RGBA")],
    ],
)
def test_an_image_is_converted_from_every_kind_of_pixels(
    tmp_path: Path, mode: str, kind: str, wanted: str
) -> None:
    image = kept(tmp_path, wanted, encoded(halves(WHITE, BLACK).convert(mode), kind))
    assert image.format == wanted
    assert is_near(image.convert("RGB").getpixel((5, 10)), WHITE)
    assert is_near(image.convert("RGB").getpixel((35, 10)), BLACK)


@pytest.mark.parametrize("wanted", ["JPEG", "WEBP"])
@pytest.mark.parametrize(("mode", "kind"), [("I;16", "PNG"), ("I;16", "TIFF"), ("I;16B", "TIFF")])
def test_sixteen_bits_of_grey_are_scaled_to_eight(
    tmp_path: Path, mode: str, kind: str, wanted: str
) -> None:
    image = kept(tmp_path, wanted, encoded(Pillow.new(mode, (40, 20), 128 * 257), kind))
    assert is_near(image.convert("RGB").getpixel((5, 10)), (128, 128, 128))


def test_sixteen_bits_of_grey_stay_sixteen_in_png(tmp_path: Path) -> None:
    part = encoded(Pillow.new("I;16", (40, 20), 12345), "TIFF")
    assert kept(tmp_path, "PNG", part).getpixel((5, 10)) == 12345


def test_an_image_too_wide_for_the_format_is_a_store_error(tmp_path: Path) -> None:
    part = encoded(Pillow.new("L", (16_384, 1)), "PNG")  # WebP ends at 16,383
    with pytest.raises(StoreError, match="could not be converted"):
        Image(str(tmp_path), convert="WEBP").act(KEY, part)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_converted_image_stands_upright_and_tells_nothing_else(
    tmp_path: Path, wanted: str
) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: the left half comes to the top
    exif[0x010F] = "a camera"
    image = kept(tmp_path, wanted, encoded(halves(RED, BLUE), "JPEG", exif=exif))
    assert image.size == (20, 40)
    assert is_near(image.getpixel((10, 5)), RED)
    assert is_near(image.getpixel((10, 35)), BLUE)
    assert not image.getexif()


def test_what_is_transparent_becomes_white_in_jpeg_and_stays_elsewhere(tmp_path: Path) -> None:
    part = encoded(halves((255, 0, 0, 255), (0, 0, 0, 0), "RGBA"), "PNG")
    jpeg = kept(tmp_path, "JPEG", part)
    assert is_near(jpeg.getpixel((35, 10)), (255, 255, 255))
    assert kept(tmp_path / "webp", "WEBP", part).getpixel((35, 10))[3] == 0  # type: ignore[index]


def test_colours_keep_their_profile(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    part = encoded(halves(RED, BLUE), "PNG", icc_profile=profile)
    for wanted in FORMATS:
        assert kept(tmp_path / wanted, wanted, part).info["icc_profile"] == profile


def test_of_an_animation_the_first_frame_is_kept(tmp_path: Path) -> None:
    part = encoded(
        halves(RED, RED), "GIF", save_all=True, append_images=[halves(BLUE, BLUE)], duration=50
    )
    image = kept(tmp_path, "PNG", part)
    assert getattr(image, "n_frames", 1) == 1
    assert is_near(image.convert("RGB").getpixel((5, 5)), RED)


def test_a_broken_image_to_be_converted_is_a_store_error_and_nothing_is_kept(
    tmp_path: Path,
) -> None:
    whole = encoded(halves(RED, BLUE), "PNG")
    broken = Blob("image", whole.content[: len(whole.content) // 2])
    with pytest.raises(StoreError, match="could not be converted"):
        Image(str(tmp_path), convert="JPEG").act(KEY, broken)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_image_is_kept_as_it_is_where_images_are_converted(tmp_path: Path) -> None:
    actor = Image(str(tmp_path), convert="JPEG")
    part = Blob("image", b"%PDF-1.7 and so on")
    stored = actor.act(KEY, part)
    assert stored.name == KEY + ".pdf" == actor.name_of(KEY, part.extension)
    assert actor.fetch(stored.name) == part.content


def test_undo_finds_a_converted_image(tmp_path: Path) -> None:
    actor = Image(str(tmp_path), convert="WEBP")
    actor.undo(actor.act(KEY, encoded(halves(RED, BLUE), "PNG")))
    assert list(tmp_path.iterdir()) == []


def test_another_format_cannot_be_configured() -> None:
    with pytest.raises(ValidationError):
        adapter(Image).validate_python({"directory": "images", "convert": "EPS"})
