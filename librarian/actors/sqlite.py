"""How are labels kept in SQLite? A row each, in one file on this machine: the embedded default."""

import re
import sqlite3
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from librarian import strictjson
from librarian.component import Actor, component
from librarian.disk import folder
from librarian.disk.database import Database
from librarian.record import PROVENANCE, Document, Stored
from librarian.stage import Exists

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
DELETE = 'DELETE FROM "{table}" WHERE id = ?'


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
    def _database(self) -> Database:
        path = Path(self.path).expanduser()
        return Database(path, SCHEMA.format(table=self.table), synchronous="FULL")

    def name_of(self, key: str, extension: str) -> str:  # noqa: ARG002 - rows have no extension
        """Name the row: the key itself."""
        return key

    def act(self, key: str, part: Document) -> Stored:
        """Insert the row. Raises Exists, StoreError."""
        row = part.row(folder.checked(key))
        received_at = row.get(PROVENANCE, {}).get("received_at")
        values = (key, row["uid"], received_at, strictjson.dumps(row).decode())
        with self._database.writing() as database:
            try:
                database.execute(INSERT.format(table=self.table), values)
            except sqlite3.IntegrityError:
                raise Exists("there is a row of this key already") from None
        return Stored(self.name, key)

    def undo(self, stored: Stored) -> None:
        """Delete the row. Raises StoreError."""
        with self._database.writing() as database:
            database.execute(DELETE.format(table=self.table), (stored.name,))

    def fetch(self, name: str) -> bytes | None:
        """Give the row's document as JSON, None where there is none. Raises StoreError."""
        with self._database.reading() as database:
            found = database.execute(SELECT.format(table=self.table), (name,)).fetchone()
        return None if found is None else str(found[0]).encode()

    def ping(self) -> None:
        """Ask whether the database can be opened and written to. Raises StoreError."""
        with self._database.writing():
            pass
