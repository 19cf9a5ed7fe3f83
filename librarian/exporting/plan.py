"""What goes where in an export, and how much is done? In an SQLite file beside what is written.

The label records are read once, in the order of time, and stand here from then on: so an export
that was interrupted goes on with what it began with, in the memory of a page cache. What is written
at one time, a shard or some hundred files, is a piece; a piece is done or is written anew.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from librarian import strictjson

NAME = ".librarian-export.sqlite"
SCHEMA = """
CREATE TABLE said (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE records (
    n INTEGER PRIMARY KEY, uid TEXT UNIQUE, received_at TEXT, body TEXT, bytes INTEGER, tags TEXT,
    contributor TEXT, sha256 TEXT, look TEXT,
    split TEXT, piece INTEGER, came TEXT, fault TEXT
);
CREATE INDEX by_piece ON records (split, piece, n);
CREATE TABLE pieces (split TEXT, piece INTEGER, PRIMARY KEY (split, piece)) WITHOUT ROWID;
"""
Body = dict[str, Any]
"""What is exported of one record: uid, labels, data, received_at, state and more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of an export: its number in the order of time, and where it goes."""

    n: int
    split: str
    body: Body
    bytes: int
    texts: Mapping[str, str] = field(default_factory=dict)
    """Data that are text, by tag, once they were read: these stand in tables, not in files."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """The hash of data that are not given as they are in the record, but in another form."""

    @property
    def uid(self) -> str:
        """The record's uid."""
        return str(self.body["uid"])

    @property
    def data(self) -> Sequence[Mapping[str, Any]]:
        """Its pieces of data."""
        found: Sequence[Mapping[str, Any]] = self.body["data"]
        return found


@dataclass(frozen=True, slots=True)
class Piece:
    """What is written at one time: the split, its number, of how many, and its records."""

    split: str
    number: int
    of: int
    count: int


class Taken(Exception):
    """Another process is at this export."""


class Plan:
    """The plan of one export. Its file is gone once everything of it is done."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.database = sqlite3.connect(self.path, timeout=0.1)
        try:
            self.database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self.database.execute("PRAGMA journal_mode = WAL")
            self.database.execute("PRAGMA synchronous = NORMAL")
            self.database.execute("BEGIN IMMEDIATE").execute("COMMIT")
            if not self.database.execute("PRAGMA schema_version").fetchone()[0]:
                self.database.executescript(SCHEMA)
        except sqlite3.OperationalError as error:
            self.database.close()
            raise Taken from error

    def close(self) -> None:
        """Close the file; what was written to it stays."""
        self.database.close()

    def discard(self) -> None:
        """Delete the file: everything is done."""
        self.close()
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def say(self, name: str, value: Any) -> None:
        """Remember something about the whole."""
        text = strictjson.dumps(value).decode()
        with self.database:
            self.database.execute("INSERT OR REPLACE INTO said VALUES (?, ?)", (name, text))

    def said(self, name: str) -> Any:
        """Give what was remembered, None if nothing was."""
        asked = "SELECT value FROM said WHERE name = ?"
        found = self.database.execute(asked, (name,)).fetchone()
        return None if found is None else json.loads(found[0])

    def enter(self, bodies: Iterable[tuple[Body, Mapping[str, Any]]]) -> int:
        """Write all records down, anew, and say how many they are.

        Beside each stands what ties it to others: `contributor`, `sha256`, `look` (None: unknown).
        """
        count = 0
        with self.database:
            self.database.execute("DELETE FROM records")
            for body, ties in bodies:
                size = sum(each["bytes"] for each in body["data"])
                text = strictjson.dumps(body).decode()
                tags = " ".join(each["tag"] for each in body["data"])
                tied = (ties["contributor"], ties["sha256"], ties["look"])
                count += self.database.execute(
                    "INSERT INTO records"
                    " (n, uid, received_at, body, bytes, tags, contributor, sha256, look)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING",
                    (count, body["uid"], body["received_at"], text, size, tags, *tied),
                ).rowcount
        return count

    def sort(self) -> None:
        """Number the records by when they came: those that were imported once came before that."""
        with self.database:
            self.database.execute(
                "UPDATE records SET n = -ranked.place FROM (SELECT uid, row_number() OVER"
                " (ORDER BY received_at, uid) AS place FROM records) AS ranked"
                " WHERE records.uid = ranked.uid"
            )
            self.database.execute("UPDATE records SET n = -n - 1")

    def listed(self) -> Iterator[Row]:
        """Give all records, in order."""
        return self._rows("ORDER BY n")

    def unseen(self, most: int, after: int) -> list[Row]:
        """Give the next records after a number whose pictures were not looked at yet."""
        return list(self._rows("WHERE look IS NULL AND n > ? ORDER BY n LIMIT ?", after, most))

    def count_unseen(self) -> int:
        """Count the records whose pictures were not looked at yet."""
        asked = "SELECT count(*) FROM records WHERE look IS NULL"
        found: int = self.database.execute(asked).fetchone()[0]
        return found

    def seen(self, looks: Iterable[tuple[str, int]]) -> None:
        """Remember what pictures look like: hash and number of each record."""
        with self.database:
            self.database.executemany("UPDATE records SET look = ? WHERE n = ?", looks)

    def assign(self, places: Iterable[tuple[str, int, int]]) -> None:
        """Say of each record into which split and piece it goes: split, piece, number."""
        with self.database:
            self.database.executemany("UPDATE records SET split = ?, piece = ? WHERE n = ?", places)

    def sizes(self) -> Iterator[tuple[int, int, str]]:
        """Yield of each record its number, its size in bytes and the tags of its data, in order."""
        asked = "SELECT n, bytes, tags FROM records ORDER BY n"
        return iter(self.database.execute(asked))

    def pieces(self) -> list[Piece]:
        """Give all pieces, in order."""
        asked = (
            "SELECT split, piece, max(piece) OVER (PARTITION BY split) + 1, count(*) FROM records"
            " WHERE split IS NOT NULL GROUP BY split, piece ORDER BY split, piece"
        )
        return [Piece(*row) for row in self.database.execute(asked)]

    def done(self) -> set[tuple[str, int]]:
        """Give the pieces that are done, by split and number."""
        return set(self.database.execute("SELECT split, piece FROM pieces"))

    def rows(self, piece: Piece) -> Iterator[Row]:
        """Give the records of a piece, in order."""
        return self._rows("WHERE split = ? AND piece = ? ORDER BY n", piece.split, piece.number)

    def finish(
        self,
        piece: Piece,
        came: Iterable[tuple[str, int]],
        faults: Iterable[tuple[str, int]],
    ) -> None:
        """Say that a piece is written, what was read beside its files, and what could not be."""
        with self.database:
            self.database.execute(
                "UPDATE records SET came = NULL, fault = NULL WHERE split = ? AND piece = ?",
                (piece.split, piece.number),
            )
            self.database.executemany("UPDATE records SET came = ? WHERE n = ?", came)
            self.database.executemany("UPDATE records SET fault = ? WHERE n = ?", faults)
            self.database.execute(
                "INSERT OR IGNORE INTO pieces VALUES (?, ?)", (piece.split, piece.number)
            )

    def reopen(self) -> None:
        """Have the pieces written anew of which records are missing."""
        with self.database:
            self.database.execute(
                "DELETE FROM pieces WHERE (split, piece) IN"
                " (SELECT split, piece FROM records WHERE fault IS NOT NULL)"
            )

    def written(self, split: str) -> Iterator[Row]:
        """Give the records of a split that are written, in order."""
        return self._rows("WHERE split = ? AND fault IS NULL ORDER BY piece, n", split)

    def numbered(self, split: str) -> Iterator[tuple[Row, int]]:
        """Give the records of a split that are written, each with the number of its piece."""
        for piece in self.pieces():
            if piece.split == split:
                which = "WHERE split = ? AND piece = ? AND fault IS NULL ORDER BY n"
                for row in self._rows(which, split, piece.number):
                    yield row, piece.number

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield uid and sentence of each record that could not be written."""
        asked = "SELECT uid, fault FROM records WHERE fault IS NOT NULL ORDER BY n"
        return iter(self.database.execute(asked))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rows(self, which: str, *values: Any) -> Iterator[Row]:
        asked = f"SELECT n, split, body, bytes, came FROM records {which}"  # noqa: S608
        for n, split, body, size, came in self.database.execute(asked, values):
            read = json.loads(came) if came else {}
            yield Row(n, split or "", json.loads(body), size, **read)
