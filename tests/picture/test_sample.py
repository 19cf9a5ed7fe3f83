"""Does a JPEG without pixels decode if, and only if, the one does that it was made of?"""

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from librarian import media, picture
from librarian.picture import cost, jpeg, sample, scans
from librarian.picture.ending import SCAN
from tests.picture.test_jpeg import damaged, note
from tests.picture.whole import (
    HIGH,
    SAMPLES,
    WHOLE,
    WIDE,
    agrees,
    encoded,
    fails,
    header,
    scans_apart,
    small_of,
)


@pytest.mark.parametrize("name", WHOLE)
def test_a_small_picture_decodes_where_the_large_one_does(name: str) -> None:
    content = WHOLE[name]
    assert agrees(content)
    small = small_of(content)
    assert small is not None
    assert len(small) < min(len(content), picture.MOST_KNOWN)


def test_pictures_of_one_structure_have_the_same_small_one() -> None:
    one = encoded(size=(400, 300), exif=exif("yesterday"), quality=90)
    for other in (
        encoded(size=(300, 200), exif=exif("today"), quality=70),
        encoded(size=(90, 200), optimize=True),
        encoded(size=(90, 201), optimize=True, quality=30),
    ):
        assert small_of(one) == small_of(other)
    for another in (encoded(subsampling=0), encoded("L"), encoded(progressive=True)):
        assert small_of(one) != small_of(another)


def exif(when: str) -> bytes:
    tags = Image.Exif()
    tags[0x132] = when
    return tags.tobytes()


def test_that_is_decoded_once_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    opened = picture.opened

    def counting(content: bytes, *how: Any) -> Image.Image:
        asked.append(content)
        return opened(content, *how)

    monkeypatch.setattr(picture, "opened", counting)
    picture._decode_known.cache_clear()
    for size in ((400, 300), (300, 200), (8, 500)):
        picture.verify(encoded(size=size, quality=83), media.JPEG)
    assert asked == [small_of(encoded(size=(400, 300), quality=83))]


def test_a_large_one_is_not_remembered() -> None:
    content = encoded(quality=82)
    tables = note(0xDB, bytes([3, *[1] * 64])) * 60  # a quantization table nobody uses
    large = content[:2] + tables + content[2:]
    picture._decode_known.cache_clear()
    picture.verify(large, media.JPEG)
    assert len(small_of(large) or b"") > picture.MOST_KNOWN
    assert picture._decode_known.cache_info().currsize == 0


def with_empty_tables(content: bytes, count: int) -> bytes:
    """Have a segment of so many Huffman tables without a code before all others."""
    return content[:2] + note(0xC4, bytes(17) * count) + content[2:]


LEFT = {
    "no end": encoded()[:-2],
    "something odd before its end": encoded()[:-2] + note(0xE1, b"late") + b"\xff\xd9",
    "more tables than any encoder's": with_empty_tables(encoded(), 1928),
    "as many tables as there can be": with_empty_tables(encoded(), 3854),
    "tables that would be too long if each had a code": with_empty_tables(encoded(), 3700),
    "a table that goes on in the pixels": encoded()[:-2] + note(0xDB, bytes(53)) + b"\xff\xd9",
    "more rows than libjpeg takes": encoded().replace(
        struct.pack(">HH", HIGH, WIDE), struct.pack(">HH", 65_501, WIDE)
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_of_others_all_rows_are_decoded(name: str) -> None:
    plain = jpeg.read(LEFT[name])
    assert plain is not None
    assert sample.of(LEFT[name], plain) is None


def test_many_tables_without_a_code_are_told_like_others() -> None:
    for count in (1, 1890):
        assert agrees(with_empty_tables(encoded(), count))
        assert small_of(with_empty_tables(encoded(), count))


def test_all_segments_between_the_scans_are_asked() -> None:
    for content in (encoded(progressive=True), scans_apart()):
        plain, small = jpeg.read(content), small_of(content)
        assert plain is not None
        assert small is not None
        assert len(plain.later) > 1
        known = jpeg.read(small)
        assert known is not None
        assert [each[0] for each in known.later] == [each[0] for each in plain.later]
        for _, start, _ in plain.later:
            agrees(content[:start] + b"\xff\xff" + content[start + 2 :])


def test_a_progressive_picture_needs_no_memory_for_its_coefficients() -> None:
    content = encoded(size=(640, 4000), progressive=True)
    plain, small = jpeg.read(content), small_of(content)
    assert plain is not None
    assert small is not None
    whole = cost.checking(content, media.JPEG, 640 * 4000, 1, plain) - cost.FIXED
    part = cost.checking(small, media.JPEG, 32 * 32, 1, jpeg.read(small)) - cost.FIXED
    assert part * 500 < whole


def without_tables(content: bytes) -> bytes:
    """Take the quantization tables out."""
    plain = jpeg.read(content)
    assert plain is not None
    for marker, start, end in reversed(plain.segments):
        if marker == scans.QUANTIZATION:
            content = content[: start - 4] + content[end:]
    return content


def with_too_many_codes(content: bytes) -> bytes:
    """Have a Huffman table say that it holds 255 codes of one bit."""
    plain = jpeg.read(content)
    assert plain is not None
    start = next(start for marker, start, _ in plain.segments if marker == 0xC4)
    return content[: start + 1] + b"\xff" + content[start + 2 :]


def with_a_large_symbol(content: bytes) -> bytes:
    """Have a Huffman table for DC coefficients hold one of sixteen bits."""
    plain = jpeg.read(content)
    assert plain is not None
    end = next(end for m, start, end in plain.segments if m == 0xC4 and content[start] == 0)
    return content[: end - 1] + b"\x10" + content[end:]


def with_codes_of_ones(content: bytes) -> bytes:
    """Have a Huffman table use the code of sixteen ones."""
    full = note(0xC4, bytes([0, 1, *[1] * 14, 2, *range(12), *[3] * 5]))
    plain = jpeg.read(content)
    assert plain is not None
    at = plain.segments[-1][1] - 4
    return content[:at] + full + content[at:]


def with_half_a_table(content: bytes) -> bytes:
    """Have a segment of Huffman tables go on for some bytes more."""
    return content[:2] + note(0xC4, bytes([0x13, 1, *[0] * 15, 0, *[0] * 9])) + content[2:]


def with_a_wrong_progression(_: bytes) -> bytes:
    """Have the last scan of a progressive picture refine what no scan has begun."""
    content = encoded(progressive=True)
    plain = jpeg.read(content)
    assert plain is not None
    end = max(end for marker, _, end in plain.later if marker == SCAN)
    return content[: end - 1] + b"\xd1" + content[end:]


@pytest.mark.parametrize(
    "break_it",
    [
        without_tables,
        with_too_many_codes,
        with_a_large_symbol,
        with_codes_of_ones,
        with_half_a_table,
        with_a_wrong_progression,
    ],
)
def test_what_a_decoder_fails_at_is_found(break_it: Callable[[bytes], bytes]) -> None:
    content = break_it(encoded())
    plain = jpeg.read(content)
    assert plain is not None
    assert fails(content, plain)
    assert not agrees(content)
    with pytest.raises(picture.Unreadable) as caught:
        picture.verify(content, media.JPEG)
    assert caught.value.rule == "corrupt"


def test_no_decoder_fails_at_pixels_that_are_cut_or_mean_nothing() -> None:
    content = encoded(restart_marker_rows=1)
    at = header(content)
    for pixels in (b"", content[at : at + 99], b"\x55" * 9000, content[at:-2] * 3):
        assert agrees(content[:at] + pixels + b"\xff\xd9")


CHANGES = st.lists(
    st.tuples(st.integers(0, 4000), st.binary(max_size=4), st.integers(0, 40)), max_size=4
)


@given(content=st.sampled_from(SAMPLES), changes=CHANGES)
@settings(max_examples=400, deadline=None)
def test_a_damaged_picture_is_told_by_the_small_one(
    content: bytes, changes: list[tuple[int, bytes, int]]
) -> None:
    agrees(damaged(content, changes))


@given(
    content=st.sampled_from(SAMPLES),
    which=st.integers(0, 40),
    place=st.floats(0, 1, exclude_max=True),
    value=st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 2, 3, 4, 0x11, 0x22, 0x41, 0xFF])),
)
@settings(max_examples=600, deadline=None)
def test_a_byte_of_a_segment_changes_it_for_both_or_none(
    content: bytes, which: int, place: float, value: int
) -> None:
    plain = jpeg.read(content)
    assert plain is not None
    segments = [*plain.segments, *plain.later]
    _, start, end = segments[which % len(segments)]
    at = start + int(place * (end - start))
    agrees(content[:at] + bytes([value]) + content[at + 1 :])
