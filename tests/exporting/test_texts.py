"""Do texts stand in the tables of an export, whatever kind of file one of them begins like?"""

import json
import sqlite3
import tarfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from pyarrow import parquet

from librarian.media import sniff
from tests.exporting.collected import Collected, collected, held, lines

ODD = (
    "What a day", "%PDF-1.4 broke my printer today", "GIF89a is old", "<svg> is a tag", "OggS",
    "<html>", "a\0b", "RIFFxxxxWEBP",
)  # fmt: skip


def of_texts(folder: Path, texts: Sequence[bytes]) -> Collected:
    given = {"INPUT_CONFIG": {"type": "text", "tag": "note"}, "DATA_VALID_CONFIG": []}
    stores = {"DATA_ACTOR_CONFIG": [{"actor": "file", "args": [str(folder / "data")]}]}
    service = collected(folder, **given, **stores)
    for number, text in enumerate(texts):
        service.send({"n": number}, note=text)
    return service


def as_before(service: Collected) -> None:
    """Have every record tell of its text what its bytes begin like, as records did once."""
    with closing(sqlite3.connect(service.folder / "labels.sqlite")) as database, database:
        asked = "SELECT rowid, document FROM contributions"
        for row, text in database.execute(asked).fetchall():
            document = json.loads(text)
            (item,) = document["_librarian"]["data"]
            content = (service.folder / "data" / item["stored"][0]["name"]).read_bytes()
            item["media_type"] = sniff(content).type
            changed = (json.dumps(document), row)
            database.execute("UPDATE contributions SET document = ? WHERE rowid = ?", changed)


def notes(service: Collected, folder: Path) -> list[str | None]:
    service.export(folder, "jsonl")
    return [row.get("note") for row in lines(folder / "train.jsonl")]


@pytest.mark.parametrize("before", [False, True])
def test_an_odd_text_stands_in_the_tables_like_any_other(tmp_path: Path, before: bool) -> None:
    service = of_texts(tmp_path / "service", [text.encode() for text in ODD])
    if before:
        as_before(service)
    assert notes(service, tmp_path / "jsonl") == list(ODD)
    service.export(tmp_path / "csv", "csv")
    header, _ = (tmp_path / "csv" / "train.csv").read_bytes().split(b"\r\n", 1)
    assert header == b'"uid","note","n","_received_at","_state"'
    service.export(tmp_path / "parquet", "parquet")
    (shard,) = (tmp_path / "parquet" / "data").iterdir()
    assert parquet.read_table(shard)["note"].to_pylist() == list(ODD)
    service.export(tmp_path / "webdataset", "webdataset")
    (shard,) = (tmp_path / "webdataset" / "data").iterdir()
    with tarfile.open(shard) as tar:
        assert {name.rpartition(".")[2] for name in tar.getnames()} == {"txt", "json"}
    for form in ("jsonl", "csv", "parquet", "webdataset"):
        kinds = {
            item["media_type"]
            for line in lines(tmp_path / form / "records.jsonl")
            for item in line["data"]
        }
        assert kinds == {"text/plain"}
        assert not (tmp_path / form / "files").exists()


def test_what_is_no_text_makes_files_of_an_inputs_data_without_loss(tmp_path: Path) -> None:
    sent = [b"plain", b"<html>gr\xf6\xdfer", b"GIF89a"]
    service = of_texts(tmp_path / "service", sent)
    as_before(service)
    assert notes(service, tmp_path / "out") == [None] * 3
    files = held(tmp_path / "out" / "files")
    assert sorted(files.values()) == sorted(sent)


def test_a_lost_text_leaves_the_others_in_the_table(tmp_path: Path) -> None:
    sent = [b"plain", b"%PDF-1.4 broke", b"<html>gr\xf6\xdfer"]
    service = of_texts(tmp_path / "service", sent)
    as_before(service)
    kept = {path.read_bytes(): path for path in (tmp_path / "service" / "data").iterdir()}
    kept[sent[2]].unlink()
    assert notes(service, tmp_path / "out") == ["plain", "%PDF-1.4 broke"]
    kept[sent[2]].write_bytes(sent[2])
    told = service.resume(tmp_path / "out", "jsonl").faults
    assert [fault for _, fault in told] == ["“note” is not UTF-8 text, as the others are"]
