"""Are a record's bytes those that the record tells, from whatever store has them?"""

import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest

from librarian import uid
from librarian.actors.file import File
from librarian.actors.gridfs import Gridfs
from librarian.actors.image import Image
from librarian.actors.jsonl import Jsonl
from librarian.actors.sqlite import Sqlite
from librarian.chain import Step
from librarian.collection import Changed, Collection, Missing
from librarian.commit import Commit
from librarian.record import LABELS, Blob, Document, Record
from librarian.stage import StoreError
from tests.collection.conftest import Bench, mongo, s3
from tests.pictures import make
from tests.servers import fresh

PHOTO = make("PNG", 40, 30)


def collected(folder: Path, *steps: Step, parts: tuple[Any, ...]) -> tuple[Collection, Any]:
    """Store one record with these data; give the collection and its entry."""
    mark = Step(Sqlite(str(folder / "labels.sqlite")), "LABEL_ACTOR_CONFIG[0]")
    commit = Commit.of(steps, [mark], several=True)
    made = Record(uid.mint(), Document(LABELS, {}), parts, "print", keyed=True)
    commit.store(made, (), "config")
    found = Collection.of(commit)
    assert found is not None
    return found, found.get(made.uid)


def test_bytes_come_from_the_first_store_that_has_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = File(str(tmp_path / "one")), Image(str(tmp_path / "two"))
    steps = Step(first, "DATA_ACTOR_CONFIG[0]"), Step(second, "DATA_ACTOR_CONFIG[1]")
    seen, entry = collected(tmp_path, *steps, parts=(Blob("image", PHOTO, "my photo.png"),))
    item = entry.item("image")
    assert item["filename"] == "my photo.png"
    assert entry.item("mask") is None
    assert seen.read(entry, item) == PHOTO
    (kept,) = (tmp_path / "one").iterdir()
    kept.write_bytes(PHOTO + b"!")
    with caplog.at_level(logging.WARNING, "librarian"):
        assert seen.read(entry, item) == PHOTO
    assert f"DATA_ACTOR_CONFIG[0] does not give the data of {entry.uid}" in caplog.text
    kept.unlink()
    assert seen.read(entry, item) == PHOTO
    (other,) = (tmp_path / "two").iterdir()
    other.write_bytes(b"something else")
    with pytest.raises(Changed, match="hash is another one"):
        seen.read(entry, item)
    other.unlink()
    with pytest.raises(Missing, match=f"no configured store has “image” of {entry.uid}"):
        seen.read(entry, item)


def test_a_converted_image_is_measured_by_its_own_hash(tmp_path: Path) -> None:
    step = Step(Image(str(tmp_path / "jpegs"), convert="JPEG"), "DATA_ACTOR_CONFIG[0]")
    seen, entry = collected(tmp_path, step, parts=(Blob("image", PHOTO),))
    item = entry.item("image")
    content = seen.read(entry, item)
    assert content.startswith(b"\xff\xd8\xff")
    assert hashlib.sha256(content).hexdigest() == item["stored"][0]["sha256"] != item["sha256"]
    (kept,) = (tmp_path / "jpegs").iterdir()
    kept.write_bytes(content[:-1])
    with pytest.raises(Changed):
        seen.read(entry, item)


def test_data_that_are_json_come_as_sent_from_files_and_as_their_value_from_rows(
    tmp_path: Path,
) -> None:
    sent = b'{ "b": 1.0,  "a": [true] }'
    part = Document("answers", {"b": 1.0, "a": [True]}, sent)
    for number, (store, given) in enumerate(
        (
            (File(str(tmp_path / "files")), sent),
            (Jsonl(str(tmp_path / "rows.jsonl")), b'{"a":[true],"b":1.0}'),
            (Sqlite(str(tmp_path / "rows.sqlite")), b'{"a":[true],"b":1.0}'),
        )
    ):
        place = tmp_path / str(number)
        seen, entry = collected(place, Step(store, "DATA_ACTOR_CONFIG[0]"), parts=(part,))
        assert seen.read(entry, entry.item("answers")) == given


def test_each_piece_comes_from_the_store_of_its_input(tmp_path: Path) -> None:
    images, masks = File(str(tmp_path / "images")), File(str(tmp_path / "masks"))
    steps = Step(masks, "DATA_ACTOR_CONFIG[0]", "mask"), Step(images, "[1]", "image")
    parts = Blob("image", PHOTO), Blob("mask", PHOTO + b"mask")
    seen, entry = collected(tmp_path, *steps, parts=parts)
    for part in parts:
        assert seen.read(entry, entry.item(part.tag)) == part.content
    (kept,) = Path(masks.directory).iterdir()
    kept.rename(Path(images.directory) / kept.name)  # another input's store is not asked
    with pytest.raises(Missing):
        seen.read(entry, entry.item("mask"))


def test_any_pair_of_stores_works_together(tmp_path: Path, mongodb: Any, rclone: Any) -> None:
    database = fresh("db")
    gridfs: Any = Gridfs
    stores = [
        s3(rclone, rclone.new_bucket(), "images/"),
        gridfs(mongodb.uri, database=database),
        File(str(tmp_path / "files")),
    ]
    documents = mongo(mongodb.uri, database)
    for mark in (documents, Jsonl(str(tmp_path / "labels.jsonl")), stores[0]):
        for data in stores:
            commit = Commit.of([Step(data, "D[0]")], [Step(mark, "L[0]")])
            own = uid.mint()
            made = Record(own, Document(LABELS, {"x": 1}), (Blob("image", PHOTO),), "p", keyed=True)
            commit.store(made, (), "config")
            seen = Collection.of(commit)
            assert seen is not None
            entry = seen.get(own)
            assert entry is not None
            assert seen.read(entry, entry.data[0]) == PHOTO
            assert seen.withdraw(own, by="owner")
            with pytest.raises(Missing):
                seen.read(entry, entry.data[0])
    for each in (documents, *stores[:2]):
        each.close()


def test_a_store_that_does_not_answer_is_its_fault_and_not_that_of_the_data(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, Sqlite(str(tmp_path / "labels.sqlite")))
    entry = bench.entry(bench.add({}))
    folder = Path(bench.data.directory)
    folder.rename(tmp_path / "away")
    folder.write_text("in the way")
    with pytest.raises(StoreError) as caught:
        bench.collection.read(entry, entry.data[0])
    assert not isinstance(caught.value, Missing | Changed)
    assert str(tmp_path) not in str(caught.value)
