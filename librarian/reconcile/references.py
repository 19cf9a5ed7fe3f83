"""Which stores keep what, and which records name what? In a temporary SQLite database on disk.

A collection of millions is compared in the memory of a page cache; SQLite deletes the file itself
(sqlite.org/inmemorydb.html, temporary databases).
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from librarian import moment, strictjson, uid
from librarian.record import PROVENANCE
from librarian.state import AMENDABLE

SCHEMA = """
CREATE TABLE kept (
    place INTEGER, name TEXT, key TEXT, at REAL, PRIMARY KEY (place, name)
) WITHOUT ROWID;
CREATE TABLE records (
    place INTEGER, uid TEXT, at REAL, print TEXT, PRIMARY KEY (place, uid)
) WITHOUT ROWID;
CREATE TABLE named (
    place INTEGER, uid TEXT, tag TEXT, actor TEXT, name TEXT, key TEXT, sha256 TEXT,
    times INTEGER, PRIMARY KEY (place, uid, tag, actor, name)
) WITHOUT ROWID;
CREATE INDEX named_by_key ON named (key);
BEGIN;
"""
NAME = """
INSERT INTO named VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1
"""
UNNAMED = """
FROM kept WHERE NOT EXISTS (SELECT 1 FROM named WHERE named.key = kept.key)
AND NOT EXISTS (SELECT 1 FROM records WHERE records.place = -1 AND records.uid = kept.key)
"""
LEFT = """
FROM records AS copy WHERE place = ? AND NOT EXISTS (
    SELECT 1 FROM records AS mark WHERE mark.place = -1 AND mark.uid = copy.uid
)
"""
LACKING = """
SELECT mark.uid, max(mark.at, coalesce(copy.at, mark.at)) FROM records AS mark
LEFT JOIN records AS copy ON copy.place = ? AND copy.uid = mark.uid
WHERE mark.place = -1 AND copy.print IS NOT mark.print ORDER BY mark.uid
"""
MARK = -1
"""The place of the commit mark among the label stores; copies are counted from 0."""
KEY = re.compile(uid.NAMED)


class Named(NamedTuple):
    """Where a record says that a piece of its data lies, and in how many stores of that kind."""

    uid: str
    tag: str
    actor: str
    name: str
    sha256: str
    times: int


class References:
    """What was found in the stores, to be compared."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def keep(self, place: int, name: str, key: str, at: float) -> None:
        """Note what a data store keeps."""
        self._database.execute("INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?)",
                               (place, name, key, at))  # fmt: skip

    def record(self, place: int, whole: Mapping[str, Any]) -> None:
        """Note a label record of the mark, or of a copy; a copy's data only where it has no mark.

        The mark is noted first.
        """
        own, ours = whole["_id"], whole[PROVENANCE]
        at = moment.seconds(ours["received_at"]) or 0.0
        values = (place, own, at, fingerprint(whole))
        self._database.execute("INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?)", values)
        if place != MARK and self._count("FROM records WHERE place = -1 AND uid = ?", own):
            return
        for tag, sha256, actor, name in places_of(whole):
            row = (place, own, tag, actor, name, key_in(name, own), sha256)
            self._database.execute(NAME, row)

    def forget(self, place: int, own: str) -> None:
        """Let a copy's record be none, so that it names no data."""
        self._database.execute("DELETE FROM named WHERE place = ? AND uid = ?", (place, own))

    def unnamed(self) -> Iterator[tuple[int, str, float]]:
        """Yield the data whose key no record names: place, name, time.

        The same key with another ending is its owner's own file beside the data.
        """
        yield from self._database.execute(f"SELECT place, name, at {UNNAMED} ORDER BY place, name")

    def named(self) -> Iterator[Named]:
        """Yield what the records of the mark name."""
        query = "SELECT uid, tag, actor, name, sha256, times FROM named WHERE place = -1"
        yield from map(Named._make, self._database.execute(query))

    def holds(self, place: int, name: str) -> bool:
        """Say whether a data store listed this name."""
        return self._count("FROM kept WHERE place = ? AND name = ?", place, name) > 0

    def tags(self) -> set[str]:
        """Give every tag that a record has data of."""
        return {tag for (tag,) in self._database.execute("SELECT DISTINCT tag FROM named")}

    def left(self, place: int) -> Iterator[tuple[str, float, str]]:
        """Yield the records of a copy that have no mark: uid, time, print."""
        yield from self._database.execute(f"SELECT uid, at, print {LEFT} ORDER BY uid", (place,))

    def lacking(self, place: int) -> Iterator[tuple[str, float]]:
        """Yield the marks that a copy lacks or has otherwise: uid and the later of both times."""
        yield from self._database.execute(LACKING, (place,))

    def first(self) -> float:
        """Give the time of the oldest mark, infinity where there is none."""
        query = "SELECT min(at) FROM records WHERE place = -1"
        (found,) = self._database.execute(query).fetchone()
        return float("inf") if found is None else float(found)

    def data(self) -> tuple[int, int]:
        """Count the data that no record names, and the others."""
        without = self._count(UNNAMED)
        return without, self._count("FROM kept") - without

    def copies(self, place: int) -> tuple[int, int]:
        """Count the records of a copy that have no mark, and the others."""
        without = self._count(LEFT, place)
        return without, self._count("FROM records WHERE place = ?", place) - without

    def count_named(self) -> int:
        """Count what the records of the mark name."""
        return self._count("FROM named WHERE place = -1")

    def _count(self, what: str, *given: Any) -> int:
        query = f"SELECT count(*) {what}"
        (found,) = self._database.execute(query, given).fetchone()
        return int(found)


def places_of(whole: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield where a label record says that its data lie: tag, SHA-256, actor, name."""
    for item in whole[PROVENANCE]["data"]:
        for place in item.get("stored", ()):
            yield item.get("tag", ""), item.get("sha256", ""), place["actor"], place["name"]


def key_in(name: str, own: str) -> str:
    """Find in a name the key of one uid's data, without what stands before and after it."""
    found = KEY.match(name, max(0, name.find(own)))
    return found[0] if found else name


def fingerprint(whole: Mapping[str, Any]) -> str:
    """Tell label records of one uid apart by what the service wrote, not by what an owner added.

    Nor by its state: only the mark is amended.
    """
    ours = {name: value for name, value in whole[PROVENANCE].items() if name not in AMENDABLE}
    return hashlib.sha256(strictjson.dumps(ours)).hexdigest()
