"""How are rates counted on one machine? In an SQLite file that all its processes share.

A storage of the library `limits`, on its interface, for fixed and for moving windows. Each question
and its answer are one transaction, so that no two callers take the same place. What a power cut
takes is some seconds of counting.
"""

import time
from pathlib import Path

from limits.storage import MovingWindowSupport, Storage

from librarian.disk.database import Database
from librarian.stage import StoreError

SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
    key TEXT PRIMARY KEY, count INTEGER NOT NULL, until REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counters_by_end ON counters (until);
CREATE TABLE IF NOT EXISTS entries (key TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_key ON entries (key, at);
CREATE INDEX IF NOT EXISTS entries_by_end ON entries (until);
"""


class SQLiteStorage(Storage, MovingWindowSupport):
    """Counts in one file; what is over is taken out whenever something is counted."""

    STORAGE_SCHEME = None

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._database = Database(path, SCHEMA, synchronous="NORMAL")

    @property
    def base_exceptions(self) -> type[Exception]:
        """What every method raises where the file cannot be used."""
        return StoreError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count in a fixed window of `expiry` seconds, begun by the first; give the new count."""
        now = time.time()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM counters WHERE until <= ?", (now,))
            row = connection.execute(
                "INSERT INTO counters VALUES (?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET count = count + excluded.count RETURNING count",
                (key, amount, now + expiry),
            ).fetchone()
        return int(row[0])

    def get(self, key: str) -> int:
        """Give the count of a fixed window."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT count FROM counters WHERE key = ? AND until > ?", (key, time.time())
            ).fetchone()
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """Give the Unix time at which a fixed window ends, now where there is none."""
        now = time.time()
        with self._database.reading() as connection:
            row = connection.execute("SELECT until FROM counters WHERE key = ?", (key,)).fetchone()
        return max(float(row[0]), now) if row else now

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take places in a moving window, if there are as many left; say whether there were."""
        now = time.time()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM entries WHERE until < ?", (now,))
            (held,) = connection.execute(
                "SELECT count(*) FROM entries WHERE key = ? AND at >= ?", (key, now - expiry)
            ).fetchone()
            if held + amount > limit:
                return False
            connection.executemany(
                "INSERT INTO entries VALUES (?, ?, ?)", [(key, now, now + expiry)] * amount
            )
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - the interface's
        """Give the Unix time of the oldest place that is taken, and how many are."""
        now = time.time()
        with self._database.reading() as connection:
            oldest, held = connection.execute(
                "SELECT min(at), count(*) FROM entries WHERE key = ? AND at >= ?",
                (key, now - expiry),
            ).fetchone()
        return (float(oldest), int(held)) if held else (now, 0)

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._database.writing() as connection:
            for table in ("counters", "entries"):
                connection.execute(f"DELETE FROM {table} WHERE key = ?", (key,))  # noqa: S608

    def reset(self) -> int:
        """Forget every key; give how many there were."""
        with self._database.writing() as connection:
            (known,) = connection.execute(
                "SELECT count(*) FROM (SELECT key FROM counters UNION SELECT key FROM entries)"
            ).fetchone()
            connection.execute("DELETE FROM counters")
            connection.execute("DELETE FROM entries")
        return int(known)

    def check(self) -> bool:
        """Say whether the file can be written to."""
        try:
            with self._database.writing():
                return True
        except StoreError:
            return False
