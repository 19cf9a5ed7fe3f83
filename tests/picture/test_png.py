"""Is every damage to a PNG's pixels found by going through its rows alone?"""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image

from librarian.picture import png
from tests import pictures

FAULTS = (png.Damaged, zlib.error, struct.error)


def chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content)) + name + content
        + struct.pack(">I", zlib.crc32(name + content))
    )  # fmt: skip


def made(
    rows: bytes, width: int, height: int, *, depth: int = 8, colour: int = 0, interlaced: int = 0
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def opens(content: bytes) -> bool:
    """Say whether Pillow decodes it whole."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def holds(content: bytes) -> bool:
    try:
        png.check(content)
    except FAULTS:
        return False
    return True


def _every_kind() -> Iterator[tuple[int, int, int]]:
    for colour, depths in png.DEPTHS.items():
        for depth in depths:
            for interlaced in (0, 1):
                if colour != 3:  # which needs a palette too
                    yield colour, depth, interlaced


@pytest.mark.parametrize(("colour", "depth", "interlaced"), tuple(_every_kind()))
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (8, 8), (3, 17), (13, 1)])
def test_the_rows_of_every_kind_are_as_many_and_as_long_as_pillow_has_them(
    colour: int, depth: int, interlaced: int, size: tuple[int, int]
) -> None:
    width, height = size
    kind = png.Kind(depth * png.SAMPLES[colour], bool(interlaced))
    length = sum(row * number for row, number in kind.rows(width, height))
    how = {"depth": depth, "colour": colour, "interlaced": interlaced}
    whole = made(bytes(length), width, height, **how)
    short = made(bytes(length - 1), width, height, **how)
    assert holds(whole)
    assert opens(whole)
    assert not holds(short)


def test_what_pillow_writes_holds() -> None:
    for how in (
        {},
        {"frames": 3},
        {"mode": "P"},
        {"mode": "1"},
        {"mode": "RGBA"},
        {"mode": "I;16"},
    ):
        assert holds(pictures.make("PNG", 61, 47, **how))


def test_a_row_filtered_as_nobody_can_is_damage() -> None:
    assert holds(made(b"\4abc\0abc", 3, 2))
    assert not holds(made(b"\0abc\5abc", 3, 2))
    assert not holds(made(b"\xffabc\0abc", 3, 2))


def test_pixels_that_do_not_inflate_are_damage() -> None:
    content = bytearray(made(bytes(40_000), 199, 200))
    content[60] ^= 0xFF
    assert not holds(bytes(content))


def test_a_missing_frame_or_one_outside_the_canvas_or_out_of_order_is_damage() -> None:
    content = pictures.make("PNG", 61, 47, frames=3)
    last = content.rindex(b"fcTL")
    assert holds(content)
    wider = content[: last + 8] + struct.pack(">I", 62) + content[last + 12 :]
    assert not holds(wider)
    disorder = content[: last + 4] + struct.pack(">I", 9) + content[last + 8 :]
    assert not holds(disorder)
    pixels = content.rindex(b"fdAT")
    assert not holds(content[: pixels - 4] + chunk(b"IEND", b""))


def test_a_kind_that_does_not_exist_is_damage() -> None:
    assert not holds(made(bytes(9), 1, 1, depth=3))
    assert not holds(made(bytes(9), 1, 1, colour=5))
    assert not holds(made(bytes(9), 0, 1))


@pytest.mark.parametrize("size", [(8000, 8000), (1, 3_000_000), (3_000_000, 1)])
def test_any_number_of_pixels_is_checked_in_little_memory(size: tuple[int, int]) -> None:
    width, height = size
    squeeze, pixels = zlib.compressobj(1), b""
    rows, row = height, bytes(1 + width)
    for _ in range(rows // 1000):
        pixels += squeeze.compress(row * 1000)
    pixels += squeeze.compress(row * (rows % 1000)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)
    content += chunk(b"IEND", b"")
    tracemalloc.start()
    try:
        png.check(content)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000


def test_a_stream_without_end_is_left_when_the_rows_are_there() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    header = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", bomb)
    inflated = png.Rows(png.Kind(8, interlaced=False), 2, 2)
    inflated.feed(memoryview(bomb))
    inflated.end()
    assert holds(content + chunk(b"IEND", b""))
