"""How are the places of a quota kept on one machine? In an SQLite file that its processes share."""

import time
from pathlib import Path

from librarian.disk.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS stored (
    bucket TEXT PRIMARY KEY, count INTEGER NOT NULL, until REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held (
    bucket TEXT NOT NULL, uid TEXT NOT NULL, attempt TEXT NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (bucket, uid, attempt)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS held_until ON held (until);
CREATE INDEX IF NOT EXISTS stored_until ON stored (until);
"""


class SQLitePlaces:
    """Places in one file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA, synchronous="NORMAL")

    def take(self, bucket: str, uid: str, attempt: str, *, most: int, seconds: float) -> bool:
        """Hold a place, if there is one. Raises StoreError."""
        now = time.time()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM held WHERE until <= ?", (now,))
            connection.execute("DELETE FROM stored WHERE until <= ?", (now,))
            (taken,) = connection.execute(
                "SELECT (SELECT count(DISTINCT uid) FROM held"
                " WHERE bucket = :bucket AND uid <> :uid)"
                " + ifnull((SELECT count FROM stored WHERE bucket = :bucket), 0)",
                {"bucket": bucket, "uid": uid},
            ).fetchone()
            if taken >= most:
                return False
            connection.execute(
                "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)",
                (bucket, uid, attempt, now + seconds),
            )
        return True

    def keep(self, bucket: str, uid: str, *, until: float | None) -> None:
        """Count a stored record. Raises StoreError."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM held WHERE bucket = ? AND uid = ?", (bucket, uid))
            connection.execute(
                "INSERT INTO stored VALUES (?, 1, ?)"
                " ON CONFLICT (bucket) DO UPDATE SET count = count + 1",
                (bucket, until),
            )

    def free(self, bucket: str, uid: str, attempt: str) -> None:
        """Give back what an attempt holds. Raises StoreError."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM held WHERE bucket = ? AND uid = ? AND attempt = ?",
                (bucket, uid, attempt),
            )
