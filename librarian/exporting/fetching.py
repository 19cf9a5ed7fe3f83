"""How are data read for an export? Some at one time, in their order, never too many held."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from librarian.collection.data import Changed, Missing
from librarian.exporting.plan import Row
from librarian.record import JSON
from librarian.stage import StoreError

AT_ONCE = 8
"""Threads that read."""
BUNCH, BUNCH_BYTES = 8, 2**20
"""Records that a thread reads one after another, and the bytes at which it is enough of them.

To hand over each one alone takes as long as to read it from a disk.
"""
HELD = 32 * 2**20
"""Bytes that are read ahead, beside those of one record."""
TRIES, PAUSE = 4, 0.5
"""How often a store is asked that does not answer, and the seconds before the second time."""
DOWN = 2 * AT_ONCE
"""Records in a row whose store does not answer, after which none is asked for any more."""
Read = Callable[[str, Mapping[str, Any]], bytes]
"""Reads a record's piece of data and holds it against its hash.

Raises Missing, Changed, StoreError.
"""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A record with its data by tag, or why these could not be had."""

    row: Row
    content: Mapping[str, bytes]
    fault: str = ""
    down: bool = False
    """Whether that was because a store did not answer."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """The hash of data that are not kept as they are in the record, but in another form."""


def fetched(rows: Iterable[Row], read: Read) -> Generator[Fetched]:
    """Yield each record with its data. Raises StoreError where a store does not answer at all."""
    down = 0
    for each in _ahead(rows, read):
        down = down + 1 if each.down else 0
        if down >= DOWN:
            raise StoreError("a store does not answer")
        yield each


def _ahead(rows: Iterable[Row], read: Read) -> Iterator[Fetched]:
    waiting: deque[tuple[Future[list[Fetched]], int]] = deque()
    held = 0
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for some, size in _bunches(rows):
            while waiting and (len(waiting) >= 2 * AT_ONCE or held + size > HELD):
                future, given_back = waiting.popleft()
                yield from future.result()
                held -= given_back
            waiting.append((pool.submit(_read, some, read), size))
            held += size
        while waiting:
            yield from waiting.popleft()[0].result()
    finally:
        pool.shutdown(cancel_futures=True)


def _bunches(rows: Iterable[Row]) -> Iterator[tuple[list[Row], int]]:
    """Yield rows some at a time, with the bytes of their data."""
    some: list[Row] = []
    size = 0
    for row in rows:
        if some and (len(some) >= BUNCH or size + row.bytes > BUNCH_BYTES):
            yield some, size
            some, size = [], 0
        some.append(row)
        size += row.bytes
    if some:
        yield some, size


def _read(rows: Iterable[Row], read: Read) -> list[Fetched]:
    done: list[Fetched] = []
    for row in rows:
        patient = not done or not done[-1].down  # who waited for one need not wait for the next
        done.append(_one(row, read, TRIES if patient else 1))
    return done


def _one(row: Row, read: Read, tries: int) -> Fetched:
    content, hashes = {}, {}
    for item in row.data:
        try:
            content[item["tag"]] = _patiently(row.uid, item, read, tries)
            if _may_differ(item):
                hashes[item["tag"]] = hashlib.sha256(content[item["tag"]]).hexdigest()
        except Missing:
            return Fetched(row, {}, f"“{item['tag']}” is in none of the stores")
        except Changed:
            return Fetched(row, {}, f"“{item['tag']}” is not what was stored: its hash is another")
        except StoreError:
            return Fetched(row, {}, f"“{item['tag']}” is not given by its store", down=True)
    return Fetched(row, content, hashes=hashes)


def _may_differ(item: Mapping[str, Any]) -> bool:
    """Say whether a store may keep something else than the record's hash was made of."""
    return item["media_type"] == JSON.type or any("sha256" in each for each in item["stored"])


def _patiently(uid: str, item: Mapping[str, Any], read: Read, tries: int) -> bytes:
    for tried in range(1, tries):
        try:
            return read(uid, item)
        except (Missing, Changed):
            raise
        except StoreError:
            time.sleep(PAUSE * 2 ** (tried - 1))
    return read(uid, item)
