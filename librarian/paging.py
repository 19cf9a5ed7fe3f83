"""How much is read at one time? At first no more than is asked for, then pages of a fixed size."""

from collections.abc import Iterator


def sizes(limit: int | None, most: int) -> Iterator[int]:
    """Yield the sizes of the pages: where few are asked for and few fit, they grow."""
    size = min(limit or most, most)
    while True:
        yield size
        size = min(size * 2, most)
