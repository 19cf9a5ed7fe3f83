"""How is selected where a store cannot look up? Everything is read, and sorted on the disk.

What fits goes into a temporary database that SQLite deletes itself (sqlite.org/inmemorydb.html,
temporary databases), so that memory stays constant. Each question reads every record.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from librarian.record import label_record
from librarian.selection import Cursor, Selection

SCHEMA = """
CREATE TABLE fitting (
    received_at TEXT, uid TEXT, content BLOB, PRIMARY KEY (received_at, uid)
) WITHOUT ROWID;
BEGIN;
"""
QUERY = {
    False: "SELECT content FROM fitting ORDER BY received_at, uid",
    True: "SELECT content FROM fitting ORDER BY received_at DESC, uid DESC",
}


def select(
    records: Iterator[bytes],
    selection: Selection,
    after: Cursor | None = None,
    *,
    newest_first: bool = False,
) -> Iterator[bytes]:
    """Yield the records that fit and stand after a place, in their order or against it."""
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        database.executescript(SCHEMA)
        for content in records:
            found = label_record(content)
            if found is None or not selection.fits(found):
                continue
            place = Cursor.of(found)
            if after is None or ((place < after) if newest_first else (place > after)):
                row = (*place, content)
                database.execute("INSERT OR REPLACE INTO fitting VALUES (?, ?, ?)", row)
        for (content,) in database.execute(QUERY[newest_first]):
            yield content
