"""Do pictures that look alike have hashes few bits apart, and is none of those missed?"""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from librarian import media
from librarian.picture.phash import MOST, bands, distance, near, phash
from tests.pictures import make, png, scene


def look(content: bytes) -> str:
    return phash(content, media.sniff(content))


def altered(image: Image.Image, **saving: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, **saving)
    return content.getvalue()


@pytest.mark.parametrize("seed", range(6))
def test_formats_sizes_and_a_little_light_change_few_bits(seed: int) -> None:
    image = scene(640, 480, seed)
    first = look(png(image))
    for other in (
        altered(image, format="JPEG", quality=60),
        altered(image, format="WEBP", quality=50),
        altered(image.resize((200, 150)), format="PNG"),
        altered(ImageEnhance.Brightness(image).enhance(1.15), format="JPEG", quality=85),
    ):
        assert distance(first, look(other)) <= MOST


def test_other_pictures_are_many_bits_apart() -> None:
    looks = [look(make("PNG", 320, 240, seed=seed)) for seed in range(12)]
    looks.append(look(png(scene(320, 240, 0).transpose(Image.Transpose.FLIP_LEFT_RIGHT))))
    apart = [distance(a, b) for i, a in enumerate(looks) for b in looks[:i]]
    assert min(apart) > MOST


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP"])
def test_every_format_has_a_hash_of_sixteen_digits(name: str) -> None:
    assert len(look(make(name, 40, 30))) == 16


def test_a_picture_of_one_pixel_and_a_blank_one_have_one_too() -> None:
    for size in ((1, 1), (1, 3000), (3000, 1), (9, 8)):
        for colour in ("teal", "white", "black"):
            made = look(png(Image.new("RGB", size, colour)))
            assert distance(made, "8" + "0" * 15) <= 1


@given(
    st.integers(0, 2**64 - 1),
    st.lists(st.integers(0, 63), max_size=MOST, unique=True),
    st.integers(0, MOST),
)
def test_no_hash_that_is_near_is_missed(one: int, flipped: list[int], allowed: int) -> None:
    other = one
    for bit in flipped:
        other ^= 1 << bit
    a, b = f"{one:016x}", f"{other:016x}"
    assert distance(a, b) == len(flipped)
    if len(flipped) <= allowed:
        assert set(near(a, allowed)) & set(bands(b))


def test_what_is_asked_for_stays_small() -> None:
    assert len(near("0" * 16, 3)) == 4
    assert len(near("0" * 16, MOST)) == 68
