"""Which pictures look nearly alike? Pairs of perceptual hashes that differ in few bits.

Four bands of 16 bits each: two hashes at most three bits apart have one in common
(picture/phash.py), so a table of bands in SQLite finds all of them, in the memory of its cache.
"""

import sqlite3
from collections.abc import Iterator

from librarian.picture import phash

NEAR = phash.BANDS - 1
"""Bits that may differ; the same photo in another size or quality seldom differs in more."""
PLAIN = 4
"""Frequencies that a picture must have at least; a plain one looks like every other plain one."""
SCHEMA = "CREATE TEMP TABLE bands (band TEXT, look TEXT, n INTEGER)"


def alike(database: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Yield pairs of numbers of records whose pictures look alike, enough of them to join all.

    `records` of the database has the number `n` and the hash `look`, empty where there is none.
    """
    database.execute(SCHEMA)
    database.execute("CREATE INDEX temp.by_band ON bands (band)")
    last, first = "", 0
    hashed = database.execute("SELECT look, n FROM records WHERE look != '' ORDER BY look, n")
    for look, n in hashed:
        if look == last:
            yield first, n
        elif told(look):
            last, first = look, n
            for other, m in _near(database, look):
                if phash.distance(look, other) <= NEAR:
                    yield m, n
            rows = [(band, look, n) for band in phash.bands(look)]
            database.executemany("INSERT INTO bands VALUES (?, ?, ?)", rows)


def told(look: str) -> bool:
    """Say whether a hash tells pictures apart at all."""
    return PLAIN <= int(look, 16).bit_count() <= 64 - PLAIN


def _near(database: sqlite3.Connection, look: str) -> list[tuple[str, int]]:
    asked = "SELECT DISTINCT look, n FROM bands WHERE band IN (?, ?, ?, ?)"
    return database.execute(asked, phash.bands(look)).fetchall()
