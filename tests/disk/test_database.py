"""Do pieces of work that share a transaction keep their own fate?"""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

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
