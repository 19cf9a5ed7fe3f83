"""How does a store come to hold a million records? Filled past the service, in its own layout.

Files are further names of a few, because what grows with their number is the folder.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from bench.wire import LABELS
from librarian import moment
from librarian.actors.json import Json
from librarian.actors.jsonl import Jsonl
from librarian.actors.sqlite import Sqlite
from librarian.disk.layout import ARRAY, LINES, Layout
from tests.servers import MongoServer

BEGAN = 0x6500_0000
"""The Unix time of the first record; each is a second later than the one before."""
BATCH = 1000
NAMES = 20_000
"""Names that one file is given; ext4 knows 65,000 at most."""


def records(count: int) -> Iterator[dict[str, Any]]:
    """Make label records as the service does."""
    for number in range(count):
        uid, at = key(number), moment.written(BEGAN + number)
        picture = {
            "tag": "image",
            "sha256": f"{number:064x}",
            "bytes": 30_000,
            "media_type": "image/jpeg",
            "stored": [{"actor": "image", "name": f"{uid}.jpg"}],
        }
        ours = {
            "received_at": at,
            "data": [picture],
            "fingerprint": f"{number:064x}",
            "config": "0" * 12,
        }
        yield {"_id": uid, "uid": uid, **LABELS, "_librarian": ours}


def key(number: int) -> str:
    """Make a uid of its number: time, then what would be chance."""
    return f"{BEGAN + number:08x}{number:016x}"


def sqlite(path: Path, count: int) -> None:
    """Fill a database."""
    Sqlite(str(path)).ping()
    rows = (
        (each["_id"], each["uid"], each["_librarian"]["received_at"], json.dumps(each))
        for each in records(count)
    )
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany("INSERT INTO contributions VALUES (?, ?, ?, ?)", rows)


def array(path: Path, count: int) -> None:
    """Fill a JSON array, and have its index made."""
    _document(path, count, ARRAY)
    Json(str(path)).ping()


def lines(path: Path, count: int) -> None:
    """Fill a file of lines, and have its index made."""
    _document(path, count, LINES)
    Jsonl(str(path)).ping()


def labels(folder: Path, count: int) -> None:
    """Fill a folder with label records."""
    _files(folder, count, ".json", json.dumps(next(records(1))).encode())


def images(folder: Path, count: int) -> None:
    """Fill a folder with pictures, which nobody looks into."""
    _files(folder, count, ".jpg", b"a picture")


def collection(server: MongoServer, database: str, count: int) -> None:
    """Fill a collection."""
    rows = records(count)
    with server.client() as client:
        while some := list(islice(rows, BATCH)):
            client[database]["labels"].insert_many(some, ordered=False)


def _document(path: Path, count: int, layout: Layout) -> None:
    with path.open("wb") as file:
        file.write(layout.opening + layout.first)
        for number, each in enumerate(records(count)):
            file.write((layout.separator if number else b"") + json.dumps(each).encode())
        file.write(layout.closing)


def _files(folder: Path, count: int, extension: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name = folder / f"{key(number)}{extension}"
        if number % NAMES == 0:
            first = name
            first.write_bytes(content)
        else:
            os.link(first, name)
