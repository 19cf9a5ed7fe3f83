"""Is everything there that was acknowledged, once and whole, and nothing else? The stores say.

The stores are read past the service: its answers are what is judged here.

    lost        acknowledged, and not there, or not with these labels and these bytes
    doubled     two label records of one contribution, or two receipts with different uids
    orphaned    data that no label record names, label records whose data are not there
    kept        refused, and there all the same
    misjudged   refused although nothing about it was wrong
    adrift      data that a power cut left, journal and all, for reconcile to find; no fault
"""

import hashlib
import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.clients import Contribution
from tests.servers import MongoServer, S3Server

Labels = Mapping[str, Any]
OURS = frozenset({"_id", "uid", "_librarian"})


@dataclass(frozen=True)
class Stores:
    """How the stores of one scenario are read: every label record, every object's hash by name."""

    labels: Callable[[], Iterable[Labels]]
    data: Callable[[], Mapping[str, str]]


@dataclass
class Result:
    """What the stores say of what was sent."""

    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0
    stored: int = 0
    """Label records that are there."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    misjudged: list[str] = field(default_factory=list)
    adrift: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Every fault in words; an empty list is what the service promises."""
        return [
            f"{name}: {each}"
            for name in ("lost", "doubled", "orphaned", "kept", "misjudged")
            for each in getattr(self, name)
        ]


def judge(sent: Sequence[Contribution], stores: Stores) -> Result:
    """Compare what clients were told with what the stores hold."""
    data = stores.data()
    found = list(stores.labels())
    by_serial: dict[str, list[Labels]] = defaultdict(list)
    for record in found:
        by_serial[str(record.get("serial"))].append(record)
    result = Result(sent=len(sent), stored=len(found))
    for each in sent:
        _judge_one(each, by_serial.pop(each.serial, []), data, result)
    for serial, records in by_serial.items():
        result.orphaned.append(f"{len(records)} label record(s) that nobody sent, serial {serial}")
    named = {name for record in found for name in _names(record)}
    result.orphaned += [f"data {name}, which no label record names" for name in set(data) - named]
    return result


def settled(sent: Sequence[Contribution], stores: Stores, seconds: float) -> Result:
    """Judge again and again until nothing is wrong, or the time is up in which that may come.

    What a journal has still to undo is an orphan until then; what is spooled is lost until then.
    """
    until = time.monotonic() + seconds
    while True:
        result = judge(sent, stores)
        if not result.faults or time.monotonic() > until:
            return result
        time.sleep(0.5)


def _judge_one(
    each: Contribution, records: list[Labels], data: Mapping[str, str], result: Result
) -> None:
    outcome, who = each.outcome, f"{each.kind} {each.serial} {each.answers}"
    setattr(result, outcome, getattr(result, outcome) + 1)
    if outcome == "refused":
        if each.fine:
            result.misjudged.append(f"{who} {each.said}")
        if records:
            result.kept.append(f"{who} as {[record['_id'] for record in records]}")
        return
    if len(records) > 1 or len(each.uids) > 1:
        ids = [record["_id"] for record in records]
        result.doubled.append(f"{who} as {ids}, told {sorted(each.uids)}")
    wrong = _wrong(each, records[0], data) if records else "no label record"
    if outcome == "acknowledged" and wrong:
        result.lost.append(f"{who} told {sorted(each.uids)}: {wrong}")
    elif outcome == "unknown" and records and wrong:
        result.orphaned.append(f"{who}: {wrong}")


def _wrong(each: Contribution, record: Labels, data: Mapping[str, str]) -> str:
    """Say what is not as it was sent, empty where all is."""
    if {k: v for k, v in record.items() if k not in OURS} != each.labels:
        return "other labels"
    if each.uids and record["_id"] not in each.uids:
        return f"another uid, {record['_id']}"
    (item,) = record["_librarian"]["data"]
    if item["sha256"] != each.sha256:
        return "the label record names other data"
    names = _names(record)
    if not names:
        return "the label record names no data"
    for name in names:
        if name not in data:
            return f"data {name} are not there"
        if data[name] != each.sha256:
            return f"data {name} are not what was sent"
    return ""


def _names(record: Labels) -> list[str]:
    items = record.get("_librarian", {}).get("data", ())
    return [stored["name"] for item in items for stored in item["stored"]]


def in_mongo(server: MongoServer, database: str, collection: str = "labels") -> list[Labels]:
    """Give every document of a collection."""
    with closing(server.client()) as client:
        return list(client[database][collection].find())


def in_sqlite(path: Path, table: str = "contributions") -> list[Labels]:
    """Give every row's document; what is in the write-ahead log too."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(path, timeout=30)) as database:
        rows = database.execute(f'SELECT id, document FROM "{table}"').fetchall()
    records = [(key, json.loads(text)) for key, text in rows]
    assert all(key == record["_id"] for key, record in records)
    return [record for _, record in records]


def in_json(path: Path) -> list[Labels]:
    """Give every member of the array in a file."""
    return list(json.loads(path.read_bytes())) if path.exists() else []


def in_jsonl(path: Path) -> list[Labels]:
    """Give every line of a file; each must be whole."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def in_folder(path: Path) -> dict[str, str]:
    """Give the hash of every file of a folder, hidden ones too."""
    if not path.exists():
        return {}
    found = {}
    for each in path.iterdir():
        try:
            found[each.name] = hashlib.sha256(each.read_bytes()).hexdigest()
        except FileNotFoundError:
            continue  # undone while we looked
    return found


def in_s3(server: S3Server, bucket: str) -> dict[str, str]:
    """Give the hash of every object of a bucket."""
    found: dict[str, str] = {}
    with closing(server.client()) as client:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for each in page.get("Contents", ()):
                name = each["Key"]
                try:
                    with client.get_object(Bucket=bucket, Key=name)["Body"] as body:
                        found[name] = hashlib.sha256(body.read()).hexdigest()
                except client.exceptions.NoSuchKey:
                    continue  # undone while we looked
    return found
