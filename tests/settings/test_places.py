"""Are two entries that would keep one record's parts under one name in one place refused?"""

import json
from pathlib import Path
from typing import Any

import pytest

from librarian.problem import ConfigError
from librarian.settings import load

ANSWERS = {"type": "json", "tag": "answers"}
MORE = {"type": "json", "tag": "more"}
IMAGE = {"type": "file", "tag": "image"}
MASK = {"type": "file", "tag": "mask"}
HOST = "mongodb://reader:secret@Store.example"
Entry = dict[str, Any]


def to(actor: str, *args: str, of: str = "", **kwargs: Any) -> Entry:
    return {"actor": actor, "args": args, "kwargs": kwargs} | ({"input": of} if of else {})


def mongo(collection: str, host: str = HOST, database: str = "db") -> Entry:
    return to("mongo", host, database=database, collection=collection)


def s3(prefix: str = "", suffix: str = "", **more: str) -> Entry:
    return to("s3", bucket="kept", prefix=prefix, suffix=suffix, **more)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own, to which another path leads, too."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)


def refused(inputs: list[Entry], data: list[Entry], labels: list[Entry]) -> dict[str, str]:
    chains = {"INPUT_CONFIG": inputs, "DATA_ACTOR_CONFIG": data, "LABEL_ACTOR_CONFIG": labels}
    try:
        load({name: json.dumps(value) for name, value in chains.items()})
    except ConfigError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


@pytest.mark.parametrize(
    ("data", "label"),
    [
        (to("jsonl", "l"), to("jsonl", "l")),
        (to("json", "real/l"), to("json", "link/../real/l")),
        (to("jsonl", "link/l"), to("json", "real/l")),
        (to("sqlite", "l"), to("sqlite", "./l", table="Contributions")),
        (to("file", "real"), to("file", "link/")),
        (mongo("labels"), mongo("labels", f"{HOST.lower()}:27017/other?appName=x")),
        (mongo("labels"), to("mongo", "", "", "store.example", "db", "labels")),
        (s3(), s3()),
        (s3(suffix=".json"), s3(storage_class="STANDARD_IA")),
    ],
)
def test_labels_and_data_under_one_name_in_one_place_are_refused(data: Entry, label: Entry) -> None:
    told = refused([ANSWERS], [data], [label])
    assert list(told) == ["LABEL_ACTOR_CONFIG[0]"]
    assert "DATA_ACTOR_CONFIG[0]" in told["LABEL_ACTOR_CONFIG[0]"]
    assert "secret" not in str(told)


@pytest.mark.parametrize(
    "twice",
    [
        [to("file", "real"), to("file", "link")],
        [to("image", "d"), to("file", "d")],
        [to("image", "d", convert="PNG"), to("image", "d", convert="JPEG")],
        [to("file", "d"), to("file", "d", of="image")],
        [to("gridfs", HOST, database="db"), to("gridfs", HOST, database="db", bucket="fs")],
        [s3("a/"), s3("a/", suffix=".jpg")],
    ],
)
def test_one_place_twice_in_a_chain_is_refused(twice: list[Entry]) -> None:
    assert list(refused([IMAGE], twice, [to("sqlite", "l")])) == ["DATA_ACTOR_CONFIG[1]"]


def test_one_label_store_twice_is_refused() -> None:
    stores = [to("sqlite", "l"), to("jsonl", "m"), to("sqlite", "l")]
    assert list(refused([IMAGE], [to("file", "d")], stores)) == ["LABEL_ACTOR_CONFIG[2]"]


@pytest.mark.parametrize(
    ("inputs", "data", "label"),
    [
        ([ANSWERS], [to("sqlite", "l", table="data")], to("sqlite", "l")),
        ([ANSWERS], [mongo("data")], mongo("labels")),
        ([ANSWERS], [mongo("labels", database="other")], mongo("labels")),
        ([ANSWERS], [s3("data/")], s3("labels/")),
        ([ANSWERS], [s3(endpoint="https://a.example")], s3(endpoint="https://b.example")),
        ([ANSWERS, MORE], [to("jsonl", "d")], to("jsonl", "l")),
        ([ANSWERS, MORE], [to("jsonl", "d", of="more"), to("jsonl", "d", of="answers")], s3()),
        ([IMAGE, MASK], [to("image", "d", of="image"), to("file", "d", of="mask")], s3()),
        ([IMAGE], [to("file", "d")], to("file", "d")),
        ([IMAGE], [s3()], s3()),
        ([IMAGE], [to("gridfs", HOST, database="db", bucket="labels")], mongo("labels")),
        ([IMAGE], [to("file", "d"), to("print"), to("print")], to("print")),
    ],
)
def test_names_that_differ_may_share_a_place(
    inputs: list[Entry], data: list[Entry], label: Entry
) -> None:
    assert not refused(inputs, data, [label])
