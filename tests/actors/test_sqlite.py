"""Does the actor sqlite keep labels as rows that others can read?"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from librarian.actors.sqlite import Sqlite
from librarian.disk import database
from librarian.record import Stored
from librarian.settings.binding import adapter
from librarian.stage import Exists, StoreError
from tests.actors.local import LocalStoreContract
from tests.contract import DOCUMENTS, document, labels

KEY = "0123456789abcdef01234567"


def plant(actor: Sqlite) -> None:
    """Insert rows as an owner might, by other means."""
    insert = f'INSERT INTO "{actor.table}" VALUES (?, ?, ?, ?)'
    at = "2026-11-23T10:00:00.000Z"
    rows: list[tuple[str, str, str | None, str]]
    rows = [(str(n), str(n), at, json.dumps(each)) for n, each in enumerate(DOCUMENTS)]
    rows += [("a" * 24, "a" * 24, None, "{}"), ("b" * 24, "b" * 24, at, "no JSON")]
    rows += [("c" * 24, "c" * 24, "yesterday", json.dumps({"_librarian": {}}))]
    with closing(sqlite3.connect(actor.path, isolation_level=None)) as connection:
        connection.executemany(insert, rows)


class TestTheContract(LocalStoreContract):
    @pytest.fixture
    def actor(self, tmp_path: Path) -> Sqlite:
        return Sqlite(str(tmp_path / "made" / "labels.sqlite"))

    @pytest.fixture
    def reopened(self, actor: Sqlite) -> Sqlite:
        return Sqlite(actor.path)

    def plant(self, actor: Sqlite) -> None:
        plant(actor)


class TestTheContractInATableOfItsOwn(LocalStoreContract):
    @pytest.fixture
    def actor(self, tmp_path: Path) -> Sqlite:
        return Sqlite(str(tmp_path / "labels.sqlite"), "Order_2")

    @pytest.fixture
    def reopened(self, actor: Sqlite) -> Sqlite:
        return Sqlite(actor.path, actor.table)

    def plant(self, actor: Sqlite) -> None:
        plant(actor)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.sqlite"


@pytest.fixture
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    """Give the database as those open it who know nothing of this service."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def test_the_columns_hold_what_a_reader_wants(path: Path, plain: sqlite3.Connection) -> None:
    actor = Sqlite(str(path))
    actor.act(KEY, labels(KEY, 7))
    data = document()
    actor.act(f"{KEY}-answers", data)
    rows = plain.execute("SELECT id, uid, received_at, document FROM contributions ORDER BY id")
    first, second = rows.fetchall()
    assert first[:3] == (KEY, KEY, "2026-11-23T10:00:07.000Z")
    assert json.loads(first[3]) == labels(KEY, 7).value
    at = data.row(KEY)["_librarian"]["received_at"]
    assert second[:3] == (f"{KEY}-answers", KEY, at)


def test_the_order_of_time_has_an_index(path: Path, plain: sqlite3.Connection) -> None:
    Sqlite(str(path)).act(KEY, labels(KEY))
    query = "SELECT uid FROM contributions WHERE received_at > '2026' ORDER BY received_at, uid"
    plan = str(plain.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
    assert "contributions_by_time" in plan
    assert "TEMP B-TREE" not in plan


def test_every_commit_is_flushed(path: Path) -> None:
    actor = Sqlite(str(path))
    with actor._database.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_two_tables_of_one_file_are_two_stores(path: Path) -> None:
    one, two = Sqlite(str(path), "one"), Sqlite(str(path), "two")
    one.act(KEY, labels(KEY, 1))
    assert two.fetch(KEY) is None
    two.act(KEY, labels(KEY, 2))
    one.undo(one.act("other", labels("other")))
    assert json.loads(two.fetch(KEY) or b"")["number"] == 2


@pytest.mark.parametrize(
    "table", ['a"; DROP TABLE x; --', "", "1st", "sqlite_master", "ä", "a" * 64]
)
def test_a_table_that_is_no_plain_name_is_refused(table: str) -> None:
    with pytest.raises(ValidationError):
        adapter(Sqlite).validate_python({"path": "labels.sqlite", "table": table})


def test_a_database_deleted_while_the_service_runs_is_begun_anew(path: Path) -> None:
    actor = Sqlite(str(path))
    actor.act(KEY, labels(KEY, 1))
    for each in path.parent.iterdir():
        each.unlink()
    actor.act(KEY, labels(KEY, 2))
    assert json.loads(Sqlite(str(path)).fetch(KEY) or b"")["number"] == 2


def test_a_writer_that_does_not_end_is_a_store_error_and_nothing_is_kept(
    path: Path, plain: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sqlite(str(path)).act(KEY, labels(KEY))
    monkeypatch.setattr(database, "PATIENCE", 0.02)
    actor = Sqlite(str(path))
    assert actor.fetch(KEY) is not None
    plain.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="SQLITE_BUSY") as caught:
        actor.act("other", labels("other"))
    assert not isinstance(caught.value, Exists)
    with pytest.raises(StoreError):
        actor.ping()
    with pytest.raises(StoreError):
        actor.undo(Stored(actor.name, KEY))
    assert actor.fetch(KEY) is not None  # readers need not wait
    plain.execute("ROLLBACK")
    assert actor.fetch("other") is None
    actor.act("other", labels("other"))


def test_a_file_that_is_no_database_is_a_store_error_and_left_alone(path: Path) -> None:
    text = b"these are notes, and no database; " * 100
    path.write_bytes(text)
    with pytest.raises(StoreError, match="SQLITE_NOTADB") as caught:
        Sqlite(str(path)).act(KEY, labels(KEY))
    assert str(path) not in str(caught.value)
    assert path.read_bytes() == text
