"""Does every label store give the same records for the same question, in the same order?"""

import itertools
import json
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from librarian import uid
from librarian.actors.sqlite import Sqlite
from librarian.collection import Entry, Selection, Where
from librarian.disk import selected
from librarian.state import STATES
from tests.collection.conftest import AMENDING, Bench, marks
from tests.contract import DOCUMENTS, PAGING

FLAG = {"stage": "label-validation", "rule": "range", "message": "x is at most 9."}
ODD: list[Any] = [
    0, 1, 1.5, -1, True, False, None, "", "1", "true", "null", "a.b", "$where", "O'Hara",
    '"; DROP TABLE contributions; --', "a\x00b", 2**63 - 1, 2**70, [1, 2], [], {}, {"$gt": ""},
    {"$ne": None}, {"x": 1}, {"x": 1, "y": 2}, {"$where": "1"}, "*", "%", "Zoë",
]  # fmt: skip


def uids(found: Iterator[Entry]) -> list[str]:
    return [entry.uid for entry in found]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (*PAGING, "librarian.disk.reviewed"):
        monkeypatch.setattr(f"{module}.PAGE", 3)
    monkeypatch.setattr("librarian.actors.mongo.PAGES", 1)


def filled(bench: Bench) -> list[str]:
    """Fill a collection with records of few moments, so that many share one; in their order."""
    made = [(n % 5, bench.put(n % 5, labels={"n": n})) for n in range(13)]
    return [own for _, own in sorted(made)]


def test_records_come_in_order_and_against_it(bench: Bench) -> None:
    assert uids(bench.collection.select()) == []
    wanted = filled(bench)
    assert uids(bench.collection.select()) == wanted
    assert uids(bench.collection.select(newest_first=True)) == wanted[::-1]
    assert uids(bench.collection.select(limit=4)) == wanted[:4]
    assert uids(bench.collection.select(newest_first=True, limit=4)) == wanted[-1:-5:-1]
    assert bench.collection.count() == len(wanted)


@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest first", "newest first"])
def test_reading_on_after_a_cursor_loses_and_doubles_nothing_while_others_are_added(
    bench: Bench, newest_first: bool
) -> None:
    wanted = filled(bench)[:: -1 if newest_first else 1]
    found: list[str] = []
    after = None
    for number in itertools.count():
        page = list(bench.collection.select(after=after, newest_first=newest_first, limit=2))
        if not page:
            break
        found += [entry.uid for entry in page]
        after = page[-1].cursor
        if number < 4:  # one behind the reader and one before them, among those of the same moment
            bench.put(number % 5)
            bench.put(100 + number)
    assert len(found) == len(set(found))
    assert [own for own in found if own in wanted] == wanted


def test_one_reading_goes_on_while_records_are_removed_and_amended(amending: Bench) -> None:
    wanted = filled(amending)
    reading = amending.collection.select()
    found = [next(reading).uid for _ in range(4)]
    amending.collection.withdraw(wanted[3], by="owner")
    amending.collection.withdraw(wanted[9], by="owner")
    amending.collection.amend(wanted[11], "rejected", by="owner")
    assert found + uids(reading) == [own for own in wanted if own != wanted[9]]


def test_states_times_and_contributors_are_told_apart(amending: Bench) -> None:
    made: dict[str, str] = {}
    for number, (state, contributor) in enumerate(
        itertools.product((None, *STATES), ("", "a", "b"))
    ):
        members: dict[str, Any] = {"state": state, "contributor": contributor}
        if number % 2:
            members["flags"] = [FLAG]
        told = {name: value for name, value in members.items() if value}
        made[amending.put(number % 7, **told)] = contributor
    every = list(amending.collection.select())
    assert {entry.uid for entry in every} == set(made)
    moments = sorted({entry.received_at for entry in every})
    for size in (1, 2, 3, 4):
        for states in itertools.combinations(STATES, size):
            for since, until, contributor in (
                ("", "", ""), (moments[2], "", ""), ("", moments[4], "a"),
                (moments[1], moments[5], ""),
            ):  # fmt: skip
                asked = Selection(frozenset(states), since, until, (), contributor)
                wanted = [entry for entry in every if asked.fits(entry.whole)]
                for newest_first in (False, True):
                    found = amending.collection.select(asked, newest_first=newest_first)
                    assert uids(found) == [e.uid for e in wanted][:: -1 if newest_first else 1]
                assert amending.collection.count(asked) == len(wanted)


def test_every_kind_of_label_value_is_compared_as_a_value(bench: Bench) -> None:
    if bench.mark.name == "mongo":
        values = [each for each in ODD if each != 2**70 and "$" not in json.dumps(each)]
        values += ["$where"]
    else:
        values = ODD
    made = [bench.put(n, labels={"v": v, "box": {"v": v}}) for n, v in enumerate(values)]
    made.append(bench.put(99, labels={"other": 1}))
    for value in ODD if bench.mark.name in AMENDING else ODD[:4]:
        wanted = [
            own
            for own, each in zip(made, values, strict=False)
            if json.dumps(each, sort_keys=True) == json.dumps(value, sort_keys=True)
        ]
        for name in ("v", "box.v"):
            asked = Selection(where=(Where(name, (value,)),))
            assert uids(bench.collection.select(asked)) == wanted, (name, value)
    either = Selection(where=(Where("v", (1, "1")),))
    assert uids(bench.collection.select(either)) == [made[values.index("1")], made[1]][::-1]
    assert uids(bench.collection.select(Selection(where=(Where("v", (1.0,)),)))) == [made[1]]
    both = (Where("v", (1,)), Where("box.v", (1.5,)))
    assert uids(bench.collection.select(Selection(where=both))) == []
    for name in ("$where", "v.$gt", "_id", "missing", "v.0", "box.v.x.y"):
        asked = Selection(where=(Where(name, ("1",)),))
        assert uids(bench.collection.select(asked)) == []


def test_documents_of_others_and_data_are_no_records(bench: Bench) -> None:
    own = bench.put(1)
    if bench.mark.name == "mongo":
        for each in DOCUMENTS:
            bench.mark._collection.insert_one(dict(each))
    elif bench.mark.name in ("json", "jsonl"):
        for each in DOCUMENTS:
            if "_id" in each:
                bench.mark._file.append(each["_id"], json.dumps(each).encode(), each)
    assert uids(bench.collection.select()) == [own]
    for state in STATES:
        found = uids(bench.collection.select(Selection(frozenset({state}))))
        assert found == ([own] if state == "received" else [])


def test_an_owners_rows_of_no_json_neither_show_nor_stop_anything(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Sqlite(str(tmp_path / "labels.sqlite")))
    own = bench.put(1, contributor="a")
    insert = "INSERT INTO contributions VALUES (?, ?, ?, ?)"
    with closing(sqlite3.connect(bench.mark.path, isolation_level=None)) as plain:
        for number in range(5):
            row = f"{number}" * 24
            plain.execute(insert, (row, row, "2027-01-01", "no JSON"))
        for asked in (Selection.read(["received"]), Selection(contributor="a"), Selection()):
            assert uids(bench.collection.select(asked)) == [own]
        plain.execute(insert, ("later", "later", "2027-01-01", "no JSON either"))
    assert uids(bench.collection.select(Selection.read(["received"]))) == [own]


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (Selection.read(["approved"]), "by_state"),
        (Selection.read(["not-rejected"], since="2027-01-01"), "by_state"),
        (Selection(contributor="a"), "by_contributor"),
        (Selection(since="2027"), "by_time"),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_sqlite_goes_along_an_index_and_sorts_nothing(
    tmp_path: Path, asked: Selection, index: str, newest_first: bool
) -> None:
    bench = Bench(tmp_path, Sqlite(str(tmp_path / "labels.sqlite")))
    own = bench.put(1)
    after = bench.entry(own).cursor
    list(bench.collection.select(asked))
    question = selected.page(asked, after, 50, newest_first=newest_first)
    with closing(sqlite3.connect(bench.mark.path)) as plain:
        query = question.query.format(table="contributions")
        plan = [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {query}", question.given)]
    assert not [line for line in plan if "TEMP B-TREE" in line or line.startswith("SCAN")], plan
    searched = [line for line in plan if line.startswith("SEARCH")]
    assert len(searched) == (3 if len(asked.states) == 3 else 1)
    assert all(f"contributions_{index}" in line for line in searched), plan


def test_mongodb_has_an_index_for_states_and_one_for_contributors(
    mongodb: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with marks("mongo", tmp_path, request) as mark:
        bench = Bench(tmp_path, mark)
        list(bench.collection.select(Selection.read(["approved"])))
        mark.close()  # waits for the indexes, which are made beside the question
        keys = [[k for k, _ in i["key"]] for i in mark._collection.index_information().values()]
    order = ["_librarian.received_at", "_id"]
    assert ["_librarian.state", *order] in keys
    assert ["_librarian.contributor", *order] in keys


def test_twenty_thousand_records_are_read_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    bench = Bench(tmp_path, Sqlite(str(tmp_path / "labels.sqlite")))
    bench.put(0)
    rows = []
    for number in range(20_000):
        own, at = uid.mint(), f"2027-01-01T00:00:{number % 60:02}.000Z"
        whole = {
            "_id": own, "uid": own, "text": "x" * 1000,
            "_librarian": {"received_at": at, "data": []},
        }  # fmt: skip
        rows.append((own, own, at, json.dumps(whole)))
    with closing(sqlite3.connect(bench.mark.path)) as plain, plain:
        plain.executemany("INSERT INTO contributions VALUES (?, ?, ?, ?)", rows)
    wanted = {row[0] for row in rows}
    del rows
    tracemalloc.start()
    for entry in bench.collection.select(Selection.read(["received"]), newest_first=True):
        wanted.discard(entry.uid)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not wanted
    assert peak < 5 * 2**20  # the records together are 25 MB, twice that once read
