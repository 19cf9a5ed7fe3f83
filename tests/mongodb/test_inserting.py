"""Are documents that go together each kept or refused for itself, against a real server?"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pytest

from librarian import deadline, uid
from librarian.mongodb.inserting import Inserting
from librarian.stage import Exists, StoreError
from tests import contract, servers
from tests.servers import fresh

SOON = 30.0
Told = Callable[[float], AbstractContextManager[None]]


@pytest.fixture
def collection(mongodb: servers.MongoServer) -> Iterator[Any]:
    name = fresh("db")
    with mongodb.client() as client:
        yield client[name]["labels"]
        client.drop_database(name)


class Gate:
    """Holds up the calls of an `Inserting`, and notes how long each may take."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.begun = threading.Event()
        self.seconds: list[float] = []

    @contextmanager
    def told(self, seconds: float) -> Iterator[None]:
        self.seconds.append(seconds)
        yield

    def collection(self, real: Any) -> Any:
        self.begun.set()
        assert self.opened.wait(SOON)
        return real


def together(inserting: Inserting, gate: Gate, rows: list[dict[str, Any]]) -> list[Any]:
    """Insert one row, and all others while it is under way, so that they go together."""
    first = threading.Thread(target=inserting.insert, args=({"_id": "first"},))
    first.start()
    assert gate.begun.wait(SOON)

    def release() -> None:
        while len(inserting._together._waiting) < len(rows):
            assert first.is_alive()
        gate.opened.set()

    opening = threading.Thread(target=release)
    opening.start()
    came = contract.at_once([partial(inserting.insert, row) for row in rows])
    first.join(SOON)
    opening.join(SOON)
    return came


def gated(collection: Any) -> tuple[Inserting, Gate]:
    gate = Gate()
    return Inserting(lambda: gate.collection(collection), gate.told, 4), gate


def test_those_that_go_together_are_all_kept(collection: Any) -> None:
    inserting, gate = gated(collection)
    rows = [{"_id": uid.mint(), "n": number} for number in range(12)]
    assert together(inserting, gate, rows) == [None] * 12
    found = {row["_id"]: row["n"] for row in collection.find({"_id": {"$ne": "first"}})}
    assert found == {row["_id"]: row["n"] for row in rows}


def test_one_that_is_there_already_is_told_and_those_beside_it_are_kept(collection: Any) -> None:
    there = uid.mint()
    collection.insert_one({"_id": there, "n": "earlier"})
    inserting, gate = gated(collection)
    rows = [{"_id": each} for each in (uid.mint(), there, uid.mint())]
    came = together(inserting, gate, rows)
    assert [type(each) for each in came] == [type(None), Exists, type(None)]
    assert collection.find_one({"_id": there})["n"] == "earlier"
    assert collection.count_documents({}) == 4


def test_of_two_of_one_id_that_go_together_one_is_kept(collection: Any) -> None:
    inserting, gate = gated(collection)
    same = uid.mint()
    came = together(inserting, gate, [{"_id": same, "n": 1}, {"_id": same, "n": 2}])
    assert sorted(type(each).__name__ for each in came) == ["Exists", "NoneType"]
    kept = 1 + came.index(None)
    assert collection.find_one({"_id": same})["n"] == kept


def test_a_unique_index_of_the_owners_refuses_one_and_is_no_earlier_record(collection: Any) -> None:
    collection.create_index("filename", unique=True)
    collection.insert_one({"_id": "theirs", "filename": "a.jpg"})
    inserting, gate = gated(collection)
    rows = [{"_id": uid.mint(), "filename": name} for name in ("a.jpg", "b.jpg")]
    refused, kept = together(inserting, gate, rows)
    assert type(refused) is StoreError
    assert kept is None


def test_a_document_that_mongodb_cannot_hold_is_no_fault_of_those_beside_it(
    collection: Any,
) -> None:
    inserting, gate = gated(collection)
    gate.opened.set()
    rows: list[dict[str, Any]] = [{"_id": uid.mint(), "n": 2**70}, {"_id": uid.mint(), "n": 1}]
    refused, kept = contract.at_once([partial(inserting.insert, row) for row in rows])
    assert isinstance(refused, OverflowError)  # which the actor's own `told` makes a StoreError
    assert kept is None


def test_a_call_takes_no_longer_than_the_one_with_the_least_time_has(collection: Any) -> None:
    inserting, gate = gated(collection)
    gate.opened.set()
    with deadline.within(1.5):
        inserting.insert({"_id": uid.mint()})
    assert gate.seconds[-1] <= 1.5
    inserting.insert({"_id": uid.mint()})
    assert gate.seconds[-1] == 4


def test_whose_time_is_up_is_not_sent_and_holds_up_nobody(collection: Any) -> None:
    inserting, gate = gated(collection)
    gate.opened.set()
    with deadline.within(0), pytest.raises(StoreError, match="time for storing was up"):
        inserting.insert({"_id": "late"})
    assert not gate.begun.is_set()  # to wait no time at all is to wait for ever, in pymongo
    inserting.insert({"_id": "in time"})
    assert [row["_id"] for row in collection.find()] == ["in time"]
