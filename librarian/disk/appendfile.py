"""How is a growing file of documents kept? Each append and each removal leaves it whole.

The file is the truth. A small SQLite index beside it says where each document lies, so that nothing
is ever searched; it also remembers which file it speaks of (inode, size, time of change), and where
that does not fit, as after a crash or an edit by hand, it is made anew by reading the file.

    append   write at the end of the documents, flush, then commit the index
    remove   commit to the index what is to be blanked, blank it, flush, commit that it is done

A process that dies in an append leaves a whole document, which is taken in, or a half one, which is
cut off; one that dies in a removal leaves the note, by which the next one finishes it.
"""

import logging
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from librarian import moment, uid
from librarian.disk import folder, lockedfile
from librarian.disk.database import Database, is_damaged
from librarian.disk.layout import Layout
from librarian.disk.lockedfile import LockedFile
from librarian.record import PROVENANCE
from librarian.selection import Cursor
from librarian.stage import Exists, StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")
SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY NOT NULL, "offset" INTEGER NOT NULL, length INTEGER NOT NULL,
    fingerprint TEXT, received_at TEXT
);
CREATE INDEX IF NOT EXISTS documents_by_time ON documents (received_at, id);
CREATE TABLE IF NOT EXISTS file (
    one INTEGER PRIMARY KEY CHECK (one = 1), inode INTEGER NOT NULL, size INTEGER NOT NULL,
    changed INTEGER NOT NULL, "end" INTEGER NOT NULL, cut_from INTEGER, cut_to INTEGER
);
COMMIT;
"""
ADD = "INSERT OR IGNORE INTO documents VALUES (?, ?, ?, ?, ?)"
FIND = 'SELECT "offset", length FROM documents WHERE id = ?'
PAGE = 500
"""Documents looked up at one time; the file is free for others between two pages."""
OURS = re.compile(uid.NAMED)
NAMES = """
SELECT id, received_at FROM documents WHERE id > ? AND received_at IS NOT NULL ORDER BY id LIMIT ?
"""
IN_ORDER = """
SELECT received_at, id, "offset", length FROM documents
WHERE (received_at, id) > (?, ?) AND received_at >= ? AND received_at < ?
ORDER BY received_at, id LIMIT ?
"""
BACKWARDS = """
SELECT received_at, id, "offset", length FROM documents
WHERE (received_at, id) < (?, ?) AND received_at >= ? AND received_at < ?
ORDER BY received_at DESC, id DESC LIMIT ?
"""
COUNT = """
SELECT count(*) FROM documents WHERE received_at >= ? AND received_at < ? AND length(id) = ?
"""
LAST = "\U0010ffff"
"""A text that stands behind every moment and every key."""
KNOWN = 'SELECT inode, size, changed, "end", cut_from, cut_to FROM file'
KNOW = 'INSERT OR REPLACE INTO file (one, inode, size, changed, "end") VALUES (1, ?, ?, ?, ?)'


class AppendFile:
    """One file of JSON objects in a layout, each found by its `_id`."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._file = LockedFile(path)
        self._layout = layout
        beside = path.with_name(f"{path.name}.index")
        self._index = Database(beside, SCHEMA, synchronous="NORMAL")
        # a note of what is to be cut must be on the disk before the cutting begins
        self._notes = Database(beside, SCHEMA, synchronous="FULL")

    def append(self, key: str, document: bytes, value: Any) -> None:
        """Add a document, durably. Raises Exists, StoreError; then the file is as before."""
        self._locked(lambda file: self._append(file, key, document, value))

    def read(self, key: str) -> bytes | None:
        """Give a document's bytes, None where there is none. Raises StoreError."""
        return self._locked(lambda file: self._read(file, key))

    def remove(self, key: str) -> None:
        """Take a document out, durably; what is not there is no fault. Raises StoreError."""
        self._locked(lambda file: self._remove(file, key))

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the key and the time of each document of this service. Raises StoreError."""
        last = ""
        while page := self._locked(partial(self._looked_up, NAMES, (last, PAGE))):
            last = page[-1][0]
            for key, received_at in page:
                at = moment.seconds(received_at)
                if at is not None and OURS.fullmatch(key):
                    yield key, at

    def page(
        self,
        after: Cursor | None,
        size: int,
        *,
        since: str = "",
        until: str = "",
        newest_first: bool = False,
    ) -> list[tuple[Cursor, bytes]]:
        """Give the next documents that tell their time, with their places. Raises StoreError."""
        end = (LAST, "") if newest_first else ("", "")
        given = (*(after or end), since, until or LAST, size)
        query = BACKWARDS if newest_first else IN_ORDER
        return self._locked(partial(self._whole, query, given))

    def count(self, since: str = "", until: str = "") -> int:
        """Count the documents of a time that are kept under a uid alone. Raises StoreError."""
        given = (since, until or LAST, uid.LENGTH)
        return int(self._locked(partial(self._looked_up, COUNT, given))[0][0])

    def probe(self) -> None:
        """Try whether the file and its index can be written to. Raises StoreError."""
        self._locked(lambda file: self._read(file, ""))

    def _append(self, file: int, key: str, document: bytes, value: Any) -> None:
        rest, end, before = None, 0, os.fstat(file)
        try:
            with self._index.writing() as index:
                end = self._settle(file, index)
                if index.execute(FIND, (key,)).fetchone():
                    raise Exists("there is a document of this key already")
                with lockedfile.text(file) as text:
                    more, old = self._layout.added(text, end, document), text[end:]
                before, rest = os.fstat(file), old
                with folder.told("the document could not be written"):
                    lockedfile.write(file, more, end)
                at = end + len(more) - len(self._layout.closing) - len(document)
                index.execute(ADD, _row(key, at, len(document), value))
                _know(file, index, at + len(document))
        except BaseException:
            if rest is not None:
                lockedfile.restore(file, rest, end, before)
            raise

    def _read(self, file: int, key: str) -> bytes | None:
        with self._index.writing() as index:
            self._settle(file, index)
            found = index.execute(FIND, (key,)).fetchone()
        if found is None:
            return None
        with folder.told("the document could not be read"):
            return os.pread(file, found[1], found[0])

    def _looked_up(self, query: str, given: Sequence[Any], file: int) -> list[tuple[Any, ...]]:
        with self._index.writing() as index:
            self._settle(file, index)
            return index.execute(query, given).fetchall()

    def _whole(self, query: str, given: Sequence[Any], file: int) -> list[tuple[Cursor, bytes]]:
        """Give the documents that a query finds, each with its place in the order."""
        found = self._looked_up(query, given, file)
        with folder.told("the documents could not be read"):
            return [
                (Cursor(at, key), os.pread(file, size, offset)) for at, key, offset, size in found
            ]

    def _remove(self, file: int, key: str) -> None:
        with self._notes.writing() as index:
            end = self._settle(file, index)
            found = index.execute(FIND, (key,)).fetchone()
            if found is None:
                return
            with lockedfile.text(file) as text:
                cut_from, cut_to = self._layout.cut(text, *found)
            index.execute("DELETE FROM documents WHERE id = ?", (key,))
            index.execute("UPDATE file SET cut_from = ?, cut_to = ?", (cut_from, cut_to))
        self._cut(file, cut_from, cut_to)
        with self._index.writing() as index:
            _know(file, index, cut_from if cut_to is None else end)

    def _cut(self, file: int, cut_from: int, cut_to: int | None) -> None:
        """Blank a document among others, or cut off the last; done twice, it is done once."""
        with folder.told("the document could not be removed"):
            if cut_to is None:
                lockedfile.write(file, self._layout.ending(cut_from), cut_from)
            else:
                lockedfile.overwrite(file, b" " * (cut_to - cut_from), cut_from)
                os.fsync(file)

    def _settle(self, file: int, index: sqlite3.Connection) -> int:
        """Make index and file fit each other; give where the documents end."""
        now = os.fstat(file)
        known = index.execute(KNOWN).fetchone() or [None] * 6
        inode, size, changed, end, cut_from, cut_to = known
        same = inode == now.st_ino
        if same and cut_from is not None:
            self._cut(file, cut_from, cut_to)
        elif same and (size, changed) == (now.st_size, now.st_mtime_ns):
            return end  # type: ignore[no-any-return]
        with folder.told("the file could not be read"):
            return self._rebuild(file, index, same=same)

    def _rebuild(self, file: int, index: sqlite3.Connection, *, same: bool) -> int:
        """Make the index anew from the file, and the file whole where an append was broken off."""
        last = index.execute('SELECT max("offset" + length) FROM documents').fetchone()[0]
        index.execute("DELETE FROM documents")
        if os.fstat(file).st_size == 0 and self._layout.opening:
            lockedfile.write(file, self._layout.opening + self._layout.closing, 0)
        folder.sync(self._file.path.parent)
        with lockedfile.text(file) as text:
            end = self._layout.start(text)
            for offset, length, value in self._layout.spans(text, end):
                if isinstance(value, dict) and isinstance(value.get("_id"), str):
                    index.execute(ADD, _row(value["_id"], offset, length, value))
                end = offset + length
            rest = text[end:]
        if not self._layout.is_whole(rest, end):
            # what the index knew as whole was answered for: only a person may decide about it
            if not self._layout.is_torn(rest) or (same and end < (last or 0)):
                raise StoreError(f"the file is damaged at byte {end}; mend it, or move it away")
            log.warning("the end of %s was broken off; it is mended", self._file.path.name)
            lockedfile.write(file, self._layout.ending(end), end)
        _know(file, index, end)
        return end

    def _locked(self, work: Callable[[int], T]) -> T:
        """Do something with the file open and locked; a damaged index is thrown away once."""
        try:
            with self._file.opened() as file:
                return work(file)
        except StoreError as error:
            if not is_damaged(error):
                raise
        self._index.discard()
        with self._file.opened() as file:
            return work(file)


def _row(key: str, offset: int, length: int, value: Any) -> tuple[Any, ...]:
    ours = value.get(PROVENANCE)
    ours = ours if isinstance(ours, dict) else {}
    said = [ours.get(name) for name in ("fingerprint", "received_at")]
    return key, offset, length, *(each if isinstance(each, str) else None for each in said)


def _know(file: int, index: sqlite3.Connection, end: int) -> None:
    """Remember which file the index speaks of."""
    now = os.fstat(file)
    index.execute(KNOW, (now.st_ino, now.st_size, now.st_mtime_ns, end))
