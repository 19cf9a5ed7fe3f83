"""Do pieces of work that share a transaction keep their own fate?"""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.disk.database import Database, Work
from librarian.stage import Exists, StoreError

SCHEMA = "CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY, name TEXT);"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "things.sqlite", SCHEMA, synchronous="FULL")


def adds(number: int, *, fails: bool = False) -> Work:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO things VALUES (?, ?)", (number, f"thing {number}"))
        if fails:
            raise Exists("no")

    return work


def adds_alone(number: int) -> Work:
    def work(connection: sqlite3.Connection) -> None:
        try:
            connection.execute("INSERT INTO things VALUES (?, ?)", (number, f"thing {number}"))
        except sqlite3.IntegrityError:
            raise Exists("it is there") from None

    return work


def there(database: Database) -> list[int]:
    with database.reading() as connection:
        return [number for (number,) in connection.execute("SELECT id FROM things ORDER BY id")]


def test_a_relative_path_counts_from_where_the_database_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "later").mkdir()
    monkeypatch.chdir(tmp_path)
    database = Database(Path("data/things.sqlite"), SCHEMA, synchronous="FULL")
    monkeypatch.chdir("later")
    database.write(adds(1))
    assert list(Path().iterdir()) == []
    assert (tmp_path / "data/things.sqlite").exists()


def test_of_many_that_write_at_once_those_that_fail_leave_nothing(database: Database) -> None:
    def write(number: int) -> bool:
        try:
            database.write(adds(number, fails=number % 3 == 0))
        except Exists:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(write, range(300)))
    assert told == [number % 3 != 0 for number in range(300)]
    assert there(database) == [number for number in range(300) if number % 3]


def test_who_is_told_of_success_finds_it_in_another_connection(database: Database) -> None:
    def write(number: int) -> bool:
        database.write(adds(number))
        with sqlite3.connect(database.path) as own:
            (found,) = own.execute("SELECT count(*) FROM things WHERE id = ?", (number,)).fetchone()
        own.close()
        return bool(found)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write, range(80)))


def test_a_database_that_cannot_be_written_fails_for_everybody_and_later_works(
    database: Database,
) -> None:
    database.write(adds(1))
    holder = sqlite3.connect(database.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    faults: list[str] = []

    def write(number: int) -> None:
        try:
            database.write(adds(number))
        except StoreError as error:
            faults.append(str(error))

    threads = [threading.Thread(target=write, args=(number,)) for number in (2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    holder.execute("ROLLBACK")
    holder.close()
    assert len(faults) == 3
    assert all("SQLITE_BUSY" in fault for fault in faults)
    database.write(adds(5))
    assert there(database) == [1, 5]


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=40), st.integers(1, 6))
def test_single_statements_and_others_end_as_if_each_came_alone(
    wanted: list[tuple[int, bool]], threads: int
) -> None:
    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "things.sqlite", SCHEMA, synchronous="OFF")

        def write(number: int, single: bool) -> bool:
            try:
                database.write(adds_alone(number), single=single)
            except Exists:
                return False
            return True

        with ThreadPoolExecutor(threads) as pool:
            told = list(pool.map(lambda each: write(*each), wanted))
        done = [number for (number, _), well in zip(wanted, told, strict=True) if well]
        assert there(database) == sorted(done) == sorted({number for number, _ in wanted})


def test_a_single_statement_waits_for_another_process_to_have_written(database: Database) -> None:
    database.write(adds_alone(1), single=True)
    holder = sqlite3.connect(database.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("INSERT INTO things VALUES (2, 'thing 2')")
    threading.Timer(0.2, lambda: holder.execute("COMMIT")).start()
    with pytest.raises(Exists):
        database.write(adds_alone(2), single=True)
    database.write(adds_alone(3), single=True)
    holder.close()
    assert there(database) == [1, 2, 3]


def test_a_single_statement_does_not_wait_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("librarian.disk.database.PATIENCE", 0.1)
    database.write(adds_alone(1), single=True)
    holder = sqlite3.connect(database.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="SQLITE_BUSY"):
        database.write(adds_alone(2), single=True)
    holder.execute("ROLLBACK")
    holder.close()
    database.write(adds_alone(3), single=True)
    assert there(database) == [1, 3]
