"""Which pictures are sent? The same on every machine: scenes of a fixed seed, as JPEG."""

from functools import cache
from typing import NamedTuple

from tests.pictures import make


class Size(NamedTuple):
    """A size of file that people send, and the dimensions of such pictures."""

    name: str
    bytes: int
    width: int
    height: int


SIZES = (
    Size("30 KB", 30_000, 400, 300),
    Size("200 KB", 200_000, 1024, 768),
    Size("1 MB", 1_000_000, 2304, 1728),
)
"""About a quarter of a byte for each pixel, as the cameras of phones write them."""
DIFFERENT = 4
"""How many pictures of each size are sent in turn."""
SEED = 20_260


@cache
def pictures(size: Size) -> tuple[bytes, ...]:
    """Give the pictures of a size; the first has its bytes as nearly as a quality allows."""
    quality = min(_around(size), key=lambda each: abs(len(_draw(size, each)) - size.bytes))
    return tuple(_draw(size, quality, number) for number in range(DIFFERENT))


def _around(size: Size) -> tuple[int, int]:
    """Find the two qualities between which a size lies."""
    low, high = 1, 98
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if len(_draw(size, middle)) < size.bytes else (low, middle)
    return low, high


@cache
def _draw(size: Size, quality: int, number: int = 0) -> bytes:
    return make("JPEG", size.width, size.height, seed=SEED + number, quality=quality)
