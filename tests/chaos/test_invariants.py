"""Does the checker find what is wrong in real stores? Each fault is planted in each kind."""

import json
import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import invariants
from tests.chaos.clients import Contribution, Kind, picture
from tests.chaos.invariants import Result, Stores, judge, settled
from tests.servers import fresh

ACKNOWLEDGED, REFUSED, UNKNOWN = [201], [406], [0]


class Shelf:
    """Stores of one kind, written to and read past the service."""

    def __init__(
        self,
        stores: Stores,
        put_label: Callable[[dict[str, Any]], None],
        put_data: Callable[[str, bytes], None],
    ) -> None:
        self.stores, self.put_label, self.put_data = stores, put_label, put_data
        self.sent: list[Contribution] = []

    def send(self, answers: list[int], kind: Kind = "keyed") -> Contribution:
        """Pretend that a contribution was sent and answered so."""
        number = len(self.sent)
        serial = f"test-0-{number}"
        made = Contribution(serial, kind, picture(serial, random.Random(number)), answers=answers)
        if made.outcome == "acknowledged":
            made.uids.add(uid(number))
        self.sent.append(made)
        return made

    def keep(self, made: Contribution, **other: Any) -> dict[str, Any]:
        """Keep data and label record as the service does, but for what is said to be other."""
        given: dict[str, Any] = {
            "label": True,
            "data": True,
            "bytes": made.content,
            "labels": made.labels,
        } | other
        key = given.get("uid", uid(self.sent.index(made)))
        name = f"{key}.png"
        if given["data"]:
            self.put_data(name, given["bytes"])
        stored = [{"actor": "image", "name": name}]
        item = {"tag": "image", "sha256": made.sha256, "stored": stored}
        record = {"_id": key, "uid": key, **given["labels"], "_librarian": {"data": [item]}}
        if given["label"]:
            self.put_label(record)
        return record

    def judge(self) -> Result:
        return judge(self.sent, self.stores)


def uid(number: int) -> str:
    return f"{number:024x}"


@pytest.fixture(params=["remote", "sqlite", "json", "jsonl"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "remote":
        return in_mongo_and_s3(request)
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.mkdir()

    def put_data(name: str, content: bytes) -> None:
        (images / name).write_bytes(content)

    written: list[dict[str, Any]] = []

    def put_json(record: dict[str, Any]) -> None:
        written.append(record)
        labels.write_text(json.dumps(written, indent=1))

    def put_jsonl(record: dict[str, Any]) -> None:
        with labels.open("a") as file:
            file.write(json.dumps(record) + "\n")

    def put_row(record: dict[str, Any]) -> None:
        with closing(sqlite3.connect(labels)) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS contributions (id, document)")
            row = (record["_id"], json.dumps(record))
            database.execute("INSERT INTO contributions VALUES (?, ?)", row)

    read, put_label = {
        "sqlite": (invariants.in_sqlite, put_row),
        "json": (invariants.in_json, put_json),
        "jsonl": (invariants.in_jsonl, put_jsonl),
    }[request.param]
    stores = Stores(partial(read, labels), partial(invariants.in_folder, images))
    return Shelf(stores, put_label, put_data)


def in_mongo_and_s3(request: pytest.FixtureRequest) -> Shelf:
    mongodb, s3 = request.getfixturevalue("mongodb"), request.getfixturevalue("rclone")
    database, bucket = fresh("db"), s3.new_bucket()

    def put_label(record: dict[str, Any]) -> None:
        with closing(mongodb.client()) as client:
            client[database]["labels"].insert_one(record)

    def put_data(name: str, content: bytes) -> None:
        with closing(s3.client()) as client:
            client.put_object(Bucket=bucket, Key=name, Body=content)

    stores = Stores(
        partial(invariants.in_mongo, mongodb, database), partial(invariants.in_s3, s3, bucket)
    )
    return Shelf(stores, put_label, put_data)


def test_what_is_as_it_should_be_has_no_faults(shelf: Shelf) -> None:
    for answers in ([201], [0, 502, 201], [503, 200]):
        shelf.keep(shelf.send(answers))
    shelf.keep(shelf.send(UNKNOWN, "keyless"))
    shelf.send(UNKNOWN, "keyless")
    shelf.send(REFUSED, "spoiled")
    shelf.send([422], "reused")
    result = shelf.judge()
    assert result.faults == []
    counted = (result.sent, result.acknowledged, result.refused, result.unknown, result.stored)
    assert counted == (7, 3, 2, 2, 4)


def test_an_acknowledged_record_that_is_not_there_is_lost(shelf: Shelf) -> None:
    shelf.keep(shelf.send(ACKNOWLEDGED))
    gone = shelf.send(ACKNOWLEDGED)
    assert [fault for fault in shelf.judge().faults if gone.serial in fault] == [
        f"lost: keyed {gone.serial} [201] told ['{uid(1)}']: no label record"
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"data": False}, {"bytes": b"other"}, {"labels": {"serial": "test-0-0", "place": "0"}}],
    ids=["no data", "other data", "other labels"],
)
def test_an_acknowledged_record_that_is_not_whole_is_lost(
    shelf: Shelf, wrong: dict[str, Any]
) -> None:
    shelf.keep(shelf.send(ACKNOWLEDGED), **wrong)
    assert len(shelf.judge().lost) == 1


def test_a_record_under_another_uid_than_was_told_is_lost(shelf: Shelf) -> None:
    shelf.keep(shelf.send(ACKNOWLEDGED), uid=uid(7))
    assert len(shelf.judge().lost) == 1


@pytest.mark.parametrize("answers", [ACKNOWLEDGED, UNKNOWN])
def test_two_label_records_of_one_contribution_are_doubled(
    shelf: Shelf, answers: list[int]
) -> None:
    made = shelf.send(answers, "keyless")
    shelf.keep(made)
    shelf.keep(made, uid=uid(9))
    result = shelf.judge()
    assert len(result.doubled) == 1
    assert result.lost == result.orphaned == []


def test_two_receipts_with_different_uids_are_doubled(shelf: Shelf) -> None:
    made = shelf.send([201])
    made.uids.add(uid(8))
    shelf.keep(made)
    assert len(shelf.judge().doubled) == 1


def test_data_that_no_label_record_names_are_orphaned(shelf: Shelf) -> None:
    shelf.keep(shelf.send(ACKNOWLEDGED))
    shelf.keep(shelf.send(UNKNOWN), label=False)
    assert shelf.judge().orphaned == [f"data {uid(1)}.png, which no label record names"]


def test_a_label_record_without_its_data_is_orphaned(shelf: Shelf) -> None:
    shelf.keep(shelf.send(UNKNOWN), data=False)
    result = shelf.judge()
    assert len(result.orphaned) == 1
    assert result.lost == []


def test_a_label_record_that_nobody_sent_is_orphaned(shelf: Shelf) -> None:
    shelf.keep(shelf.send(ACKNOWLEDGED))
    shelf.sent.clear()
    assert len(shelf.judge().orphaned) == 1


def test_a_refused_contribution_that_is_there_is_told(shelf: Shelf) -> None:
    shelf.keep(shelf.send(REFUSED, "spoiled"))
    assert len(shelf.judge().kept) == 1


def test_data_of_a_refused_contribution_are_orphaned(shelf: Shelf) -> None:
    shelf.keep(shelf.send(REFUSED, "spoiled"), label=False)
    assert len(shelf.judge().orphaned) == 1


def test_a_fine_contribution_that_was_refused_is_told(shelf: Shelf) -> None:
    shelf.send(REFUSED, "keyed")
    assert len(shelf.judge().misjudged) == 1


def test_an_empty_store_has_lost_everything(shelf: Shelf) -> None:
    for _ in range(3):
        shelf.send(ACKNOWLEDGED)
    assert len(shelf.judge().lost) == 3


def test_what_is_undone_while_we_wait_is_no_fault(tmp_path: Path) -> None:
    left = tmp_path / "left.png"
    left.write_bytes(b"x")
    looked = threading.Event()

    def data() -> dict[str, str]:
        found = invariants.in_folder(tmp_path)
        looked.set()
        return found

    def undo() -> None:
        looked.wait(10)
        left.unlink()

    undoing = threading.Thread(target=undo)
    undoing.start()
    result = settled([], Stores(list, data), seconds=10)
    undoing.join()
    assert result.faults == []


def test_what_is_never_undone_is_told_when_the_time_is_up(tmp_path: Path) -> None:
    (tmp_path / "left.png").write_bytes(b"x")
    stores = Stores(list, partial(invariants.in_folder, tmp_path))
    assert len(settled([], stores, seconds=0).orphaned) == 1
