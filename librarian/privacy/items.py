"""Which items does a HEIF file hold, and where do their bytes lie (ISO/IEC 14496-12, 8.11)?"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from librarian.privacy.clean import Unsafe
from librarian.privacy.isobmff import Box, Numbers, boxes

MOST = 20_000
Range = tuple[int, int]


class Item(NamedTuple):
    """One item: its type, for MIME items what is in it and if that is packed, and its bytes."""

    kind: bytes
    content_type: bytes
    encoded: bool
    ranges: tuple[Range, ...]


class Meta(NamedTuple):
    """A meta box taken apart: its items, and the boxes within it."""

    items: tuple[Item, ...]
    within: tuple[Box, ...]


KNOWN = frozenset(
    {b"hdlr", b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"idat", b"dinf", b"grpl", b"ipro"}
)


def read(content: bytes, meta: Box) -> Meta:
    """Take a meta box apart. Raises Unsafe where that cannot be done for sure."""
    within = tuple(boxes(content, meta.start + 4, meta.end))
    first: dict[bytes, Box] = {}
    for each in within:
        if each.kind in first and each.kind in KNOWN:
            raise Unsafe("a box that is there twice")
        first[each.kind] = each
    if b"iinf" not in first or b"iloc" not in first:
        raise Unsafe("items that are not told, or lie nowhere")
    places = dict(_places(content, first[b"iloc"], first.get(b"idat")))
    told = _infos(content, first[b"iinf"])
    return Meta(tuple(i._replace(ranges=places.get(number, ())) for number, i in told), within)


def _infos(content: bytes, box: Box) -> Iterator[tuple[int, Item]]:
    numbers = Numbers(content, box.start, box.end)
    version = numbers.read(4) >> 24
    numbers.read(2 if version == 0 else 4)
    for each in boxes(content, numbers.at, box.end):
        own = Numbers(content, each.start, each.end)
        version = own.read(4) >> 24
        if each.kind != b"infe" or version not in (2, 3):
            raise Unsafe("an item whose type is not told")
        number = own.read(2 if version == 2 else 4)
        own.read(2)
        kind = own.raw(4)
        content_type, encoded = b"", False
        if kind == b"mime":
            own.text()
            content_type = own.text()
            encoded = own.at < each.end and own.text() != b""
        yield number, Item(kind, content_type, encoded, ())


def _places(content: bytes, box: Box, idat: Box | None) -> Iterator[tuple[int, tuple[Range, ...]]]:
    """Yield where the bytes of each item lie."""
    numbers = Numbers(content, box.start, box.end)
    version = numbers.read(4) >> 24
    if version > 2:
        raise Unsafe("items in an unknown order")
    sizes = numbers.read(2)
    wide = {name: sizes >> shift & 15 for name, shift in WIDTHS.items()}
    wide["index"] = wide["index"] if version else 0
    if not set(wide.values()) <= {0, 4, 8}:
        raise Unsafe("numbers of unknown size")
    seen: set[int] = set()
    told = 0
    for _ in range(numbers.read(4 if version == 2 else 2)):
        number = numbers.read(4 if version == 2 else 2)
        method = numbers.read(2) & 15 if version else 0
        if numbers.read(2) or number in seen:
            raise Unsafe("an item in another file, or twice")
        seen.add(number)
        base = numbers.read(wide["base"])
        ranges = tuple(_extents(content, numbers, wide, (base, method), idat))
        told += len(ranges)
        if len(seen) > MOST or told > 2 * MOST:
            raise Unsafe("too many items, or in too many pieces")
        yield number, ranges


WIDTHS = {"offset": 12, "length": 8, "base": 4, "index": 0}
"""Where in two bytes iloc says how many bytes each of its numbers has."""


def _extents(
    content: bytes,
    numbers: Numbers,
    wide: Mapping[str, int],
    where: tuple[int, int],
    idat: Box | None,
) -> Iterator[Range]:
    base, method = where
    for _ in range(numbers.read(2)):
        numbers.read(wide["index"])
        start = base + numbers.read(wide["offset"])
        length = numbers.read(wide["length"])
        if method == 0:
            limit = len(content)
        elif method == 1 and idat is not None:
            start, limit = start + idat.start, idat.end
        else:
            raise Unsafe("an item made of other items")
        end = start + length if length else limit
        if start > end or end > limit:
            raise Unsafe("an item that lies outside of the file")
        yield start, end
