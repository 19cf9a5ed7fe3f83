"""How are labels kept in SQLite? A row each, in one file on this machine: the embedded default."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from librarian import moment, paging, seen, state, strictjson, uid
from librarian.component import Actor, component
from librarian.disk import audit, folder, lookup, selected
from librarian.disk.database import Database
from librarian.record import PROVENANCE, Document, Stored, label_record
from librarian.selection import Cursor, Selection
from librarian.stage import Exists
from librarian.state import Amendment, Event

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS "{table}" (
    id TEXT PRIMARY KEY NOT NULL, uid TEXT NOT NULL, received_at TEXT, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS "{table}_by_time" ON "{table}" (received_at, uid);
COMMIT;
"""
INSERT = 'INSERT INTO "{table}" (id, uid, received_at, document) VALUES (?, ?, ?, ?)'
SELECT = 'SELECT document FROM "{table}" WHERE id = ?'
PAGE = 500
"""Rows read at one time, so that no transaction lasts while they are looked at."""
OURS = re.compile(uid.NAMED)
NAMES = """
SELECT id, received_at, document FROM "{table}"
WHERE id > ? AND received_at IS NOT NULL ORDER BY id LIMIT ?
"""
IN_ORDER = """
SELECT received_at, uid, document FROM "{table}"
WHERE (received_at, uid) > (?, ?) AND id = uid ORDER BY received_at, uid LIMIT ?
"""
DELETE = 'DELETE FROM "{table}" WHERE id = ?'
AMEND = 'UPDATE "{table}" SET document = ? WHERE id = ?'


def _table(name: str) -> str:
    if not NAME.fullmatch(name) or name.lower().startswith("sqlite_"):
        message = "must be letters, digits and _, beginning with a letter, and not with sqlite_"
        raise ValueError(message)
    return name


@component
class Sqlite(Actor[Document]):
    """Keep labels, or data that are JSON, as rows of an SQLite database in one file.

    Many processes of one machine may write to it. The column `document` holds each as JSON text;
    `received_at` and `uid` are its order.
    """

    name = "sqlite"
    example = {"args": ["contributions/labels.sqlite"]}
    local = True

    path: Annotated[str, Field(min_length=1, description="file of the database")]
    table: Annotated[
        str, AfterValidator(_table), Field(description="table to keep the documents in")
    ] = "contributions"

    @cached_property
    def _insert(self) -> str:
        return INSERT.format(table=self.table)

    @cached_property
    def _database(self) -> Database:
        path = Path(self.path).expanduser()
        return Database(path, SCHEMA.format(table=self.table), synchronous="FULL")

    @property
    def kept_in(self) -> tuple[str, ...]:
        """The table, whose name SQLite reads in any case."""
        return ("table", folder.led_to(self.path), self.table.lower())

    def name_of(self, key: str, extension: str) -> str:  # noqa: ARG002 - rows have no extension
        """Name the row: the key itself."""
        return key

    def act(self, key: str, part: Document) -> Stored:
        """Insert the row. Raises Exists, StoreError."""
        row = part.row(folder.checked(key))
        received_at = row.get(PROVENANCE, {}).get("received_at")
        values = (key, row["uid"], received_at, strictjson.dumps(row).decode())

        def insert(database: sqlite3.Connection) -> None:
            try:
                database.execute(self._insert, values)
            except sqlite3.IntegrityError:
                raise Exists("there is a row of this key already") from None

        self._database.write(insert, single=True)
        return Stored(self.name, key)

    def undo(self, stored: Stored) -> None:
        """Delete the row. Raises StoreError."""
        delete = DELETE.format(table=self.table)
        self._database.write(lambda database: database.execute(delete, (stored.name,)), single=True)

    def fetch(self, name: str) -> bytes | None:
        """Give the row's document as JSON, None where there is none. Raises StoreError."""
        with self._database.reading() as database:
            found = database.execute(SELECT.format(table=self.table), (name,)).fetchone()
        return None if found is None else str(found[0]).encode()

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the rows of this service, each with its time. Raises StoreError."""
        last = ""
        while page := self._read(NAMES, last, PAGE):
            last = page[-1][0]
            for key, received_at, document in page:
                at = moment.seconds(received_at)
                if at is not None and OURS.fullmatch(key) and f'"{PROVENANCE}"' in document:
                    yield key, at

    def scan(self) -> Iterator[bytes]:
        """Yield the label records in their order. Raises StoreError."""
        last = ("", "")
        while page := self._read(IN_ORDER, *last, PAGE):
            last = page[-1][:2]
            for _, _, document in page:
                content = str(document).encode()
                if label_record(content):
                    yield content

    def select(
        self,
        selection: Selection,
        after: Cursor | None = None,
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[bytes]:
        """Yield the label records that fit, in their order or against it. Raises StoreError."""
        for size in paging.sizes(limit, PAGE):
            asked = selected.page(selection, after, size, newest_first=newest_first)
            page = self._asked(asked)
            for _, _, document in page:
                content = str(document).encode()
                whole = label_record(content)
                if whole and selection.fits(whole):
                    yield content
            if len(page) < size:
                return
            after = Cursor(*page[-1][:2])

    def count(self, selection: Selection) -> int | None:
        """Count the label records that fit, None where all must be read. Raises StoreError."""
        asked = selected.count(selection)
        return None if asked is None else int(self._asked(asked)[0][0])

    def amend(self, uid: str, amendment: Amendment) -> Event | None:
        """Change the state of a label record, and note it with that. Raises StoreError."""
        told: list[Event] = []

        def change(database: sqlite3.Connection) -> None:
            if (whole := self._record(database, uid)) is None:
                return
            told.append(state.told_of(uid, amendment, state.state_of(whole)))
            document = strictjson.dumps(state.amended(whole, amendment)).decode()
            database.execute(AMEND.format(table=self.table), (document, uid))
            audit.note(database, self.table, told[0])

        self._database.write(change)
        return told[0] if told else None

    def withdraw(self, uid: str, event: Event) -> bool:
        """Put a tombstone in the place of a label record. Raises StoreError."""
        done: list[bool] = []
        stone = strictjson.dumps(state.tombstone(uid, event.at)).decode()

        def bury(database: sqlite3.Connection) -> None:
            if self._record(database, uid) is not None:
                # deleted, not updated: triggers forget what its data were known by
                database.execute(DELETE.format(table=self.table), (uid,))
            elif database.execute(SELECT.format(table=self.table), (uid,)).fetchone():
                return
            database.execute(self._insert, (uid, uid, None, stone))
            audit.note(database, self.table, event)
            done.append(True)

        self._database.write(bury)
        return bool(done)

    def events(self, uid: str = "") -> Iterator[Event]:
        """Yield who changed what, oldest first. Raises StoreError."""
        return audit.events(self._database, self.table, uid)

    def find(self, tag: str, name: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield uid and difference hash of records whose data have this. Raises StoreError.

        The table that tells is made when it is first asked for, from all records, which holds up
        others for as long; from then on triggers keep it up to date.
        """
        if not self._read(lookup.MADE, f"{self.table}_seen"):
            with self._database.writing() as database:
                for statement in lookup.statements(self.table):
                    database.execute(statement)
        query = lookup.find(self.table, len(values), seen.CANDIDATES)
        yield from self._read(query, tag, name, *values)

    def _record(self, database: sqlite3.Connection, uid: str) -> dict[str, Any] | None:
        found = database.execute(SELECT.format(table=self.table), (uid,)).fetchone()
        return None if found is None else label_record(str(found[0]).encode())

    def _asked(self, asked: selected.Question) -> list[Any]:
        """Answer a question, along an index that is made if it is the first to need it."""
        if asked.along and not self._read(lookup.MADE, f"{self.table}_{asked.along}"):
            with self._database.writing() as database:
                database.execute(selected.INDEXES[asked.along].format(table=self.table))
        return self._read(asked.query, *asked.given)

    def _read(self, query: str, *given: str | int) -> list[Any]:
        with self._database.reading() as database:
            return database.execute(query.format(table=self.table), given).fetchall()

    def ping(self) -> None:
        """Ask whether the database can be opened and written to. Raises StoreError."""
        with self._database.writing():
            pass
