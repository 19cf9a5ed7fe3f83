"""How is an SQLite file used by many threads and processes? Each has a connection of its own.

Connections are made when first needed, so never before a fork; one that came over a fork is left
alone, because even closing it could hurt the parent's (sqlite.org/howtocorrupt.html, section 2.6).
A file that was replaced or deleted meanwhile is opened anew; a relative path counts from the folder
in which the database was made. What threads write goes, for all of them, over one more connection.
"""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from librarian.disk import folder
from librarian.perprocess import process
from librarian.stage import StoreError
from librarian.together import Together

PATIENCE = 3.5
"""Seconds to wait for another writer; two such waits stay under the eight of a whole request."""
GLANCE = 0.0005
"""Seconds between two looks at whether another process has written; a commit takes about one."""
Place = tuple[int, int]
"""A process and a thread of it, or TOGETHER."""
TOGETHER = 0
"""Stands for the thread that writes for all who wait, whichever it is; no thread has this number,
for it is the address of something."""
Work = Callable[[sqlite3.Connection], object]


@dataclass(slots=True)
class _Piece:
    """What one thread wants to be done, and what came of it."""

    work: Work
    single: bool
    fault: StoreError | None = None


class Database:
    """One SQLite file with a schema, in WAL mode."""

    def __init__(self, path: Path, schema: str, *, synchronous: str) -> None:
        self.path = path.absolute()
        self._schema = schema
        self._synchronous = synchronous
        self._open: dict[Place, tuple[sqlite3.Connection, int]] = {}
        self._together = Together(self._write)
        weakref.finalize(self, _close, self._open)

    def write(self, work: Work, *, single: bool = False) -> None:
        """Do some work durably, in one transaction with what other threads want meanwhile.

        `single` says that it is one statement, of which SQLite itself does all or nothing; it is
        begun anew where another process writes. Raises the StoreError that the work raised, and
        then nothing of it is done; or that of the database, and then nothing of anybody's.
        """
        piece = _Piece(work, single)
        self._together.do(piece)
        if piece.fault is not None:
            raise piece.fault

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection within one transaction that may write. Raises StoreError."""
        with told(), _Transaction(self._connection(), _begin_writing) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection within one transaction that reads. Raises StoreError."""
        with told(), _Transaction(self._connection(), _begin) as connection:
            yield connection

    def discard(self) -> None:
        """Delete the file, for it can be made anew from something else. Raises StoreError."""
        with told():
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _write(self, pieces: Sequence[_Piece]) -> None:
        if len(pieces) == 1 and pieces[0].single:
            self._write_alone(pieces[0])
            return
        with told(), _Transaction(self._connection(TOGETHER), _begin_writing) as connection:
            for piece in pieces:
                if not piece.single:
                    connection.execute("SAVEPOINT piece")
                try:
                    piece.work(connection)
                except StoreError as error:
                    piece.fault = error
                    if not piece.single:
                        connection.execute("ROLLBACK TO piece")
                if not piece.single:
                    connection.execute("RELEASE piece")

    def _write_alone(self, piece: _Piece) -> None:
        """Do one statement, of which SQLite makes a transaction by itself, without asking twice."""
        with told():
            connection = self._connection(TOGETHER)
            try:
                _patiently(lambda: piece.work(connection), GLANCE)
            except StoreError as error:
                piece.fault = error

    def _connection(self, thread: int | None = None) -> sqlite3.Connection:
        """Give a thread's connection, made anew where the file is another one than before."""
        place = (process(), threading.get_ident() if thread is None else thread)
        known = self._open.get(place)
        if known is not None:
            if known[1] == _inode(self.path):
                return known[0]
            del self._open[place]
            known[0].close()
        folder.make(self.path.parent)
        connection = sqlite3.connect(
            self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            _use_wal(connection)
            connection.execute(f"PRAGMA synchronous={self._synchronous}")
            connection.execute("PRAGMA secure_delete=ON")  # what is withdrawn is overwritten
            connection.executescript(self._schema)
            if thread == TOGETHER:
                connection.execute("PRAGMA busy_timeout=0")
        except BaseException:
            connection.close()
            raise
        self._open[place] = connection, _inode(self.path)
        return connection


class _Told:
    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise folder.refused("the database could not be opened", error) from error
        if isinstance(error, sqlite3.Error):
            code = getattr(error, "sqlite_errorname", "") or "no code"
            # what could not be flushed may yet be found whole after a crash
            unsure = code == "SQLITE_IOERR_FSYNC"
            message = f"the database could not be used: {type(error).__name__}, {code}"
            raise StoreError(message, unsure=unsure) from error


TOLD = _Told()


def told() -> _Told:
    """Turn what SQLite refuses into a StoreError, without its text."""
    return TOLD


def is_damaged(error: StoreError) -> bool:
    """Say whether a database could not be used because its file is no whole database."""
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class _Transaction:
    """Begin one, and end it: all of it is done, or nothing."""

    __slots__ = ("_begin", "_connection")

    def __init__(
        self, connection: sqlite3.Connection, begin: Callable[[sqlite3.Connection], object]
    ) -> None:
        self._connection, self._begin = connection, begin

    def __enter__(self) -> sqlite3.Connection:
        self._begin(self._connection)
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")


def _begin_writing(connection: sqlite3.Connection) -> None:
    """Wait for one's turn to write, looking often.

    SQLite's own waiting looks ever more seldom, so that of two processes that write without a pause
    one would wait for a quarter of a second now and then; the connection for all who wait has none.
    """
    _patiently(lambda: connection.execute("BEGIN IMMEDIATE"), GLANCE)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL mode; where two do so at once, one is turned away without any waiting."""
    _patiently(lambda: connection.execute("PRAGMA journal_mode=WAL"), 0.01)


def _patiently(execute: Callable[[], object], pause: float) -> None:
    """Execute a statement as soon as no other connection is in its way. Raises sqlite3.Error."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            execute()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(pause)


def _inode(path: Path) -> int:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 - a third of the time of Path.stat
    except FileNotFoundError:
        return 0


def _close(connections: dict[Place, tuple[sqlite3.Connection, int]]) -> None:
    for (owner, _), (connection, _) in list(connections.items()):
        if owner == process():
            connection.close()
