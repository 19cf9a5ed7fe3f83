"""What lies where in a block of TIFF? Its directories, their fields, and who claims which bytes.

EXIF is TIFF (CIPA DC-008, section 4.5; TIFF 6.0, section 2): directories of entries of 12 bytes,
whose values stand in the entry or elsewhere in the block.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from librarian.picture.ending import TIFF_SIZES
from librarian.privacy import place
from librarian.privacy.clean import Unsafe

CODES = {2: "H", 4: "I"}
Role = Literal["main", "exif", "gps", "interop"]
POINTERS: Mapping[int, Role] = {
    0x8769: "exif",
    0xA005: "interop",
    0x014A: "main",
    place.GPS: "gps",
}
POINTERS_IN = frozenset({3, 4, 13})
PIXELS = {273: 279, 324: 325, 513: 514}
"""The tags that say where pixels lie, each with the one that says how many bytes they are."""
MOST_ENTRIES, MOST_CLAIMS, MOST_GPS = 100_000, 200_000, 256
FIXED, KEPT, GONE = 1, 2, 3


class Entry(NamedTuple):
    """One field: where its entry stands, what it is, and where its value lies."""

    at: int
    tag: int
    kind: int
    many: int
    place: int
    size: int
    """Bytes of the value, 0 where the kind is unknown or the value lies outside the block."""

    @property
    def apart(self) -> bool:
        """Whether the value lies outside the entry."""
        return self.size > 4


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: what it is for, where it stands, its fields, and where the next is."""

    role: Role
    at: int
    entries: tuple[Entry, ...]
    next: int
    fields: dict[int, Entry] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Where the entries end, and the place of the next directory stands."""
        return self.at + 2 + 12 * len(self.entries)

    def size(self, content: bytes) -> int:
        """Its bytes; only those of a chain are followed by the place of the next, some by none."""
        end = self.end + 4 if self.role == "main" else self.end
        return min(end, len(content)) - self.at


Drops = Callable[["Block", Role, Entry], str]
"""Says in a word what a field tells that is to go; empty for what stays."""


class Block:
    """A block of TIFF, and what of it is claimed."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[:4], "")
        if not self.order or len(content) < 14:
            raise Unsafe("no TIFF header")
        self._claims = bytearray(len(content))
        self._claimed = 0
        self._ranges: list[tuple[int, int]] = []
        self._going: list[tuple[int, int]] = []

    def number(self, at: int, size: int) -> int:
        """Read an unsigned number of 2 or 4 bytes."""
        return int(struct.unpack_from(self.order + CODES[size], self.content, at)[0])

    def directory(self, role: Role, at: int) -> Directory:
        """Read a directory. Raises Unsafe where it does not lie whole in the block."""
        if not 8 <= at <= len(self.content) - 2:
            raise Unsafe("a directory outside the block")
        count = self.number(at, 2)
        end = at + 2 + 12 * count
        if end > len(self.content):
            raise Unsafe("a directory that reaches out of the block")
        following = self.number(end, 4) if end + 4 <= len(self.content) else 0
        entries = tuple(self._entry(at + 2 + 12 * index) for index in range(count))
        return Directory(role, at, entries, following, {each.tag: each for each in entries})

    def _entry(self, at: int) -> Entry:
        tag, kind, count = struct.unpack_from(self.order + "HHI", self.content, at)
        size = count * TIFF_SIZES.get(kind, 0)
        where = self.number(at + 8, 4) if size > 4 else at + 8
        inside = where + size <= len(self.content)
        return Entry(at, tag, kind, count, where, size if inside else 0)

    def numbers(self, entry: Entry) -> list[int]:
        """Read a field of whole numbers; none where it is of another kind."""
        if entry.kind not in POINTERS_IN or not entry.size or entry.many > MOST_ENTRIES:
            return []
        width = TIFF_SIZES[entry.kind]
        layout = f"{self.order}{entry.many}{CODES[width]}"
        return list(struct.unpack_from(layout, self.content, entry.place))

    def claim(self, start: int, size: int, how: int) -> None:
        """Claim bytes to be FIXED (alone), KEPT, or GONE. Raises Unsafe where claims disagree."""
        end = start + size
        if start < 0 or end > len(self.content):
            raise Unsafe("a claim outside the block")
        self._claimed += size
        claims = len(self._ranges) + len(self._going)
        if self._claimed > 4 * len(self.content) + 2**16 or claims > MOST_CLAIMS:
            raise Unsafe("fields that claim the same bytes again and again")
        others = {FIXED: (FIXED, KEPT, GONE), KEPT: (FIXED, GONE), GONE: (FIXED, KEPT)}[how]
        if any(self._claims.find(other, start, end) >= 0 for other in others):
            raise Unsafe("fields that lie in each other")
        self._claims[start:end] = bytes((how,)) * size
        (self._going if how == GONE else self._ranges).append((start, end))

    def kept(self) -> bytearray:
        """Give the block with only what is claimed to stay."""
        out = bytearray(len(self.content))
        for start, end in self._ranges:
            out[start:end] = self.content[start:end]
        return out

    def unclaimed(self) -> bool:
        """Say whether there is anything that no field claims."""
        loose = bytearray(self.content)
        for start, end in (*self._ranges, *self._going):
            loose[start:end] = bytes(end - start)
        return loose.count(0) != len(loose)


def only_a_version(block: Block, entry: Entry) -> bool:
    """Say whether a GPS directory tells no place; cameras without reception write such ones."""
    told = block.numbers(entry) if entry.many == 1 else []
    if not told or not 8 <= told[0] <= len(block.content) - 2 or block.number(told[0], 2) > 1:
        return False
    try:
        fields = block.directory("gps", told[0]).entries
    except Unsafe:
        return False
    return all(each.tag == 0 and each.size == 4 for each in fields)


def values(block: Block, stays: list[Entry]) -> Iterator[tuple[int, int]]:
    """Yield where the values of a directory's fields lie, and its pixels."""
    fields = {each.tag: each for each in stays}
    for entry in stays:
        if entry.apart:
            yield entry.place, entry.size
    for tag in PIXELS:
        if tag in fields:
            yield from pixels(block, fields, tag)


def pixels(block: Block, fields: Mapping[int, Entry], tag: int) -> list[tuple[int, int]]:
    """Give where the pixels lie that a field points to, and how many bytes they are."""
    if tag not in fields or PIXELS[tag] not in fields:
        return []
    starts, sizes = block.numbers(fields[tag]), block.numbers(fields[PIXELS[tag]])
    both = zip(starts, sizes, strict=False)
    return [(start, min(size, len(block.content) - start)) for start, size in both if
            start < len(block.content)]  # fmt: skip
