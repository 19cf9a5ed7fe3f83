"""Does the floor keep what it was sent, as whoever stands beside it does?"""

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from bench import kept, serving, wire
from bench.contenders import floors
from bench.load import Plan, send
from bench.wire import ENCODINGS
from tests.pictures import make
from tests.process import a_folder, free_port, running

PICTURE = make("JPEG", 64, 48)


def rows(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "labels.sqlite")) as connection:
        return [labels for (labels,) in connection.execute("SELECT labels FROM uploads")]


@pytest.mark.parametrize("asked", ["walked,hashed,synced", ""], ids=["all", "nothing"])
def test_a_floor_keeps_each_encoding_and_hashes_where_it_is_to(asked: str) -> None:
    port = free_port()
    with a_folder() as folder, running(serving.floor(folder, port, asked)):
        for number, encoding in enumerate(ENCODINGS):
            request = wire.request(encoding, "/upload", PICTURE)
            sent = send(Plan(port, (request,), 1, 0.0, number))
            assert (sent.acknowledged, sent.refused) == ([number], {}), encoding
        held = {number: file.read_bytes() for number, file in kept.peer(folder)}
        assert held == dict.fromkeys(range(len(ENCODINGS)), PICTURE)
        hashed = [sha256(PICTURE).hexdigest() in labels for labels in rows(folder)]
        assert hashed == [bool(asked)] * len(ENCODINGS)


def test_a_floor_that_walks_refuses_a_cut_picture_and_another_takes_it() -> None:
    for each, refused in zip(floors(), (1, 0), strict=True):
        port = free_port()
        with a_folder() as folder, running(each.process(folder, port)):
            request = each.request("raw", PICTURE[:-2])
            assert send(Plan(port, (request,), 1, 0.0)).refused.total() == refused
