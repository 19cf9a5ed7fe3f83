"""Where does a database keep who changed what? In a table that outlives the records."""

import json
import sqlite3
from collections.abc import Iterator

from librarian.disk.database import Database
from librarian.state import Event, event

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS "{table}_audit" (
        number INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL, event TEXT NOT NULL
    )""",
    'CREATE INDEX IF NOT EXISTS "{table}_audit_of" ON "{table}_audit" (uid, number)',
)
MADE = "SELECT 1 FROM sqlite_master WHERE name = ?"
NOTE = """
INSERT INTO "{table}_audit" (uid, event) SELECT ?1, ?2
WHERE NOT EXISTS (SELECT 1 FROM "{table}_audit" WHERE uid = ?1 AND event = ?2)
"""
ALL = 'SELECT number, event FROM "{table}_audit" WHERE number > ? ORDER BY number LIMIT ?'
OF = """
SELECT number, event FROM "{table}_audit" WHERE uid = ? AND number > ? ORDER BY number LIMIT ?
"""
PAGE = 500


def note(connection: sqlite3.Connection, table: str, told: Event) -> None:
    """Note an event, in the transaction of what it tells of; done twice, it is done once."""
    for statement in SCHEMA:
        connection.execute(statement.format(table=table))
    connection.execute(NOTE.format(table=table), (told.uid, told.content.decode()))


def events(database: Database, table: str, uid: str = "") -> Iterator[Event]:
    """Yield what was noted, of one record or of all, oldest first. Raises StoreError."""
    query, last = (OF if uid else ALL).format(table=table), 0
    while True:
        with database.reading() as connection:
            if not connection.execute(MADE, (f"{table}_audit",)).fetchone():
                return
            given = (uid, last, PAGE) if uid else (last, PAGE)
            page = connection.execute(query, given).fetchall()
        for _, written in page:
            yield event(json.loads(written))
        if len(page) < PAGE:
            return
        last = page[-1][0]
