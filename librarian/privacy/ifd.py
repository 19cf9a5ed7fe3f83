"""How does a block of TIFF lose fields without a byte of the others moving?

Everything that is to stay is claimed; what no field claims is blanked, also what an editor or a
fault in the file has left without a field. Where a claim would keep something of what is to go,
the block is Unsafe.
"""

import struct
from collections.abc import Callable, Iterator

from librarian.privacy import place
from librarian.privacy.block import (
    FIXED,
    GONE,
    KEPT,
    MOST_ENTRIES,
    MOST_GPS,
    POINTERS,
    Block,
    Directory,
    Drops,
    Entry,
    Role,
    pixels,
    values,
)  # fmt: skip
from librarian.privacy.clean import Clean, Cleaner, Unsafe

Inner = Callable[[int, bytes], Cleaner | None]
"""Says by a field's tag, and by how its value begins, what cleans it if it is a block itself."""
MOST_DIRECTORIES = 1_000
THUMBNAIL = 513
"""The field that leads to a small JPEG."""


def cleaned(
    content: bytes,
    drops: Drops,
    inner: Inner,
    loose: str,
    sound: Callable[[Block, Directory], None] = lambda _block, _directory: None,
) -> Clean:
    """Drop fields, clean blocks that lie within fields (`inner`), blank what is unclaimed.

    `loose` is the word for what no field claimed; `sound` may refuse a directory. Raises Unsafe.
    """
    block = Block(content)
    block.claim(0, 8, FIXED)
    directories = list(_directories(block, drops))
    removed: dict[str, None] = {}
    rewritten, dropped = [], []
    for each in directories:
        sound(block, each)
        stays = []
        for entry in each.entries:
            if word := drops(block, each.role, entry):
                removed[word] = None
                dropped.append(entry)
            else:
                stays.append(entry)
        block.claim(each.at, each.size(content), FIXED)
        rewritten.append((each, stays))
    for _, stays in rewritten:
        for start, size in values(block, stays):
            block.claim(start, size, KEPT)
    if sum(entry.tag == place.GPS for entry in dropped) > MOST_DIRECTORIES // 100:
        raise Unsafe("too many places")
    for entry in dropped:
        for start, size in _gone(block, entry):
            block.claim(start, size, GONE)
    out = block.kept()
    for each, stays in rewritten:
        if len(stays) < len(each.entries):
            _rewrite(block, out, each, stays)
        for entry in stays:
            start, size = entry.place, entry.size
            cleaner = (
                inner(entry.tag, content[start : start + min(size, 64)]) if entry.apart else None
            )
            if cleaner is not None:
                out[start : start + size], words = cleaner(content[start : start + size])
                removed.update(dict.fromkeys(words))
        small = inner(THUMBNAIL, b"")
        if small is not None:
            for start, size in pixels(block, each.fields, THUMBNAIL):
                out[start : start + size], words = small(content[start : start + size])
                removed.update(dict.fromkeys(words))
    if block.unclaimed():
        removed[loose] = None
    return Clean(bytes(out), tuple(removed))


def _directories(block: Block, drops: Drops) -> Iterator[Directory]:
    """Yield every directory that is to stay. Raises Unsafe for loops, and for too many."""
    waiting: list[tuple[Role, int]] = [("main", block.number(4, 4))]
    seen: set[int] = set()
    entries = 0
    while waiting:
        role, at = waiting.pop()
        if at in seen or len(seen) > MOST_DIRECTORIES:
            raise Unsafe("directories that lead to each other")
        seen.add(at)
        found = block.directory(role, at)
        entries += len(found.entries)
        if entries > MOST_ENTRIES:
            raise Unsafe("too many fields")
        yield found
        if role == "main" and found.next:
            waiting.append(("main", found.next))
        for entry in found.entries:
            if entry.tag in POINTERS and role in ("main", "exif") and not drops(block, role, entry):
                waiting += [(POINTERS[entry.tag], each) for each in block.numbers(entry)]
                if len(waiting) > MOST_DIRECTORIES:
                    raise Unsafe("too many directories")


def _gone(block: Block, entry: Entry) -> Iterator[tuple[int, int]]:
    """Yield where the value of a dropped field lies, and of a GPS directory's all values."""
    if entry.apart:
        yield entry.place, entry.size
    if entry.tag == place.GPS:
        for at in block.numbers(entry):
            try:
                found = block.directory("gps", at)
            except Unsafe:
                continue  # it does not lie in the block
            if len(found.entries) > MOST_GPS:
                raise Unsafe("a directory of more than there is to say of a place")
            yield at, found.end - at
            for each in found.entries:
                if each.apart:
                    yield each.place, each.size


def _rewrite(block: Block, out: bytearray, each: Directory, stays: list[Entry]) -> None:
    """Write a directory without what was dropped; no value moves, the place freed is blank."""
    rows = [block.content[entry.at : entry.at + 12] for entry in stays]
    size = each.size(block.content)
    following = block.content[each.end : each.at + size]
    table = struct.pack(block.order + "H", len(stays)) + b"".join(rows) + following
    out[each.at : each.at + size] = table.ljust(size, b"\0")
