"""Do a few rows of a JPEG decode if, and only if, all of them do? Of which is that not asked?"""

import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from librarian import media, picture
from librarian.picture import jpeg, sample
from librarian.picture.known import Plain
from tests import pictures
from tests.picture.test_jpeg import damaged, note

WIDE, HIGH = 150, 130


def encoded(mode: str = "RGB", size: tuple[int, int] = (WIDE, HIGH), **how: object) -> bytes:
    saved = io.BytesIO()
    pictures.scene(*size).convert(mode).save(saved, "JPEG", **how)
    return saved.getvalue()


ONE_SCAN = {
    "as Pillow writes it": encoded(),
    "grey": encoded("L"),
    "of four colours": encoded("CMYK"),
    "with restarts": encoded(restart_marker_blocks=3),
    "with a restart for each row": encoded(restart_marker_rows=1, subsampling=2),
    "of full colours": encoded(quality=95, subsampling=0),
    "with tables of its own": encoded(optimize=True, subsampling=1),
    "of few rows": encoded(size=(150, 9)),
    "narrow": encoded(size=(3, 200)),
}
SAMPLES = list(ONE_SCAN.values())


def complaint(content: bytes, plain: jpeg.Jpeg) -> str:
    """Decode as `verify` does; say what was wrong, nothing where that goes well."""
    try:
        with Plain(content, plain) as image:
            image.draft(None, (1, 1))
            image.load()
    except Exception as error:  # whatever a decoder raises
        return f"{type(error)} {error}"
    return ""


def told(content: bytes) -> tuple[str, str] | None:
    """Say what is wrong with all rows and with the few; None where those are not asked."""
    plain = jpeg.read(content)
    few = sample.of(content, plain) if plain is not None else None
    if plain is None or few is None:
        return None
    return complaint(content, plain), complaint(*few)


def header(content: bytes) -> int:
    """Tell how many bytes lie before the pixels."""
    plain = jpeg.read(content)
    assert plain is not None
    return plain.segments[-1][2]


@pytest.mark.parametrize("name", ONE_SCAN)
def test_few_rows_tell_of_a_picture_of_one_scan(name: str) -> None:
    assert told(ONE_SCAN[name]) == ("", "")


def test_the_rows_are_few_however_many_there_are() -> None:
    content = encoded(size=(WIDE, 3000), quality=95)
    plain = jpeg.read(content)
    assert plain is not None
    few = sample.of(content, plain)
    assert few is not None
    small, known = few
    assert len(small) < header(content) + 2100 < len(content)
    assert (known.width, known.height) == (WIDE, 32)
    with Image.open(io.BytesIO(small)) as image, Image.open(io.BytesIO(content)) as whole:
        # the rows of the first blocks, which do not hang together with what was left out
        box = (0, 0, WIDE, 8)
        assert image.crop(box).tobytes() == whole.crop(box).tobytes()


LEFT = {
    "progressive": encoded(progressive=True),
    "tables between pixels and end": encoded()[:-2] + note(0xC4, bytes(17)) + b"\xff\xd9",
    "a second scan": encoded()[:-2] + note(0xDA, b"\x01\x01\0\0\x3f\0") + b"\xff\xd9",
    "no end": encoded()[:-2],
    "more rows than libjpeg takes": encoded().replace(
        struct.pack(">HH", HIGH, WIDE), struct.pack(">HH", 65_501, WIDE)
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_of_others_all_rows_are_decoded(name: str) -> None:
    plain = jpeg.read(LEFT[name])
    assert plain is not None
    assert sample.of(LEFT[name], plain) is None


def test_a_scan_of_one_colour_of_three_is_left() -> None:
    content = encoded()
    plain = jpeg.read(content)
    assert plain is not None
    _, start, end = plain.segments[-1]
    lone = content[: start - 2] + struct.pack(">HB", 8, 1) + content[start + 1 : start + 3]
    other = jpeg.read(lone + content[end - 3 :])
    assert other is not None
    assert not other.by_rows
    assert sample.of(lone + content[end - 3 :], other) is None


def without_tables(content: bytes) -> bytes:
    """Take the quantization tables out."""
    plain = jpeg.read(content)
    assert plain is not None
    for marker, start, end in reversed(plain.segments):
        if marker == jpeg.QUANTIZATION:
            content = content[: start - 4] + content[end:]
    return content


def with_too_many_codes(content: bytes) -> bytes:
    """Have a Huffman table say that it holds 255 codes of one bit."""
    plain = jpeg.read(content)
    assert plain is not None
    start = next(start for marker, start, _ in plain.segments if marker == 0xC4)
    return content[: start + 1] + b"\xff" + content[start + 2 :]


@pytest.mark.parametrize("break_it", [without_tables, with_too_many_codes])
def test_what_a_decoder_fails_at_is_found_in_few_rows(
    break_it: Callable[[bytes], bytes],
) -> None:
    content = break_it(encoded())
    whole, few = told(content) or ("", "")
    assert whole == few != ""
    with pytest.raises(picture.Unreadable) as caught:
        picture.verify(content, media.JPEG)
    assert caught.value.rule == "corrupt"


def test_no_decoder_fails_at_pixels_that_are_cut_or_mean_nothing() -> None:
    content = encoded(restart_marker_rows=1)
    at = header(content)
    for pixels in (b"", content[at : at + 99], b"\x55" * 9000, content[at:-2] * 3):
        assert told(content[:at] + pixels + b"\xff\xd9") == ("", "")


CHANGES = st.lists(
    st.tuples(st.integers(0, 2500), st.binary(max_size=4), st.integers(0, 40)), max_size=4
)


@given(content=st.sampled_from(SAMPLES), changes=CHANGES)
@settings(max_examples=400, deadline=None)
def test_a_damaged_picture_is_told_by_few_rows_as_by_all(
    content: bytes, changes: list[tuple[int, bytes, int]]
) -> None:
    found = told(damaged(content, changes))
    if found is not None:
        whole, few = found
        assert whole == few


@given(
    content=st.sampled_from(SAMPLES),
    place=st.floats(0, 1, exclude_max=True),
    value=st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 2, 3, 4, 0x11, 0x22, 0x41, 0xFF])),
)
@settings(max_examples=600, deadline=None)
def test_a_byte_of_the_header_changes_it_for_all_rows_or_none(
    content: bytes, place: float, value: int
) -> None:
    at = 2 + int(place * (header(content) - 2))
    found = told(content[:at] + bytes([value]) + content[at + 1 :])
    if found is not None:
        whole, few = found
        assert whole == few
