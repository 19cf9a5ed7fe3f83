"""Does an export lose nothing, double nothing, and say what it could not have?"""

import hashlib
import json
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from librarian import cli
from librarian.collection import Collection, Entry
from librarian.exporting import Unusable
from librarian.exporting import plan as planning
from librarian.stage import StoreError
from tests import servers
from tests.exporting.collected import (
    Collected,
    collected,
    environ,
    filled,
    held,
    lines,
    picture,
)
from tests.process import a_folder

COUNT = 24
FILES = ("coco", "csv", "imagefolder", "jsonl", "parquet", "webdataset", "yolo")


@pytest.fixture(scope="module")
def some() -> Iterator[Collected]:
    """Give a collection that no test changes."""
    with a_folder() as folder:
        yield filled(folder / "service", COUNT)


@pytest.mark.parametrize("form", FILES)
def test_the_same_collection_gives_the_same_bytes(
    some: Collected, tmp_path: Path, form: str
) -> None:
    for name in ("one", "other"):
        some.export(tmp_path / name, form, split="train=0.5,test=0.5")
    assert held(tmp_path / "one") == held(tmp_path / "other")
    assert planning.NAME not in held(tmp_path / "one")


@pytest.mark.parametrize("form", FILES)
def test_the_manifest_tells_each_record_once_with_the_hash_of_its_bytes(
    some: Collected, tmp_path: Path, form: str
) -> None:
    some.export(tmp_path / "out", form)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    told = lines(tmp_path / "out" / "records.jsonl")
    assert manifest["records"] == len({each["uid"] for each in told}) == len(told) == COUNT
    assert manifest["configuration"] == some.service.config
    files = held(tmp_path / "out")
    for each in told:
        (item,) = each["data"]
        assert item["file"] in files
        if form not in ("parquet", "webdataset"):
            assert hashlib.sha256(files[item["file"]]).hexdigest() == item["sha256"]
    for name, sha256 in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == sha256


def test_a_folder_that_holds_anything_is_left_alone(some: Collected, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for flags in ([], ["--resume"]):
        run = some.librarian("export", str(tmp_path), "--to=jsonl", *flags)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == f"{tmp_path} is not empty; an export wants a folder of its own.\n"
    assert held(tmp_path) == {"mine.txt": b"mine"}


def test_an_export_that_is_whole_is_not_begun_again(some: Collected, tmp_path: Path) -> None:
    some.export(tmp_path / "out", "jsonl")
    before = held(tmp_path / "out")
    run = some.librarian("export", str(tmp_path / "out"), "--to=jsonl", "--resume")
    assert run.returncode == 2
    assert "is whole already" in run.stderr
    assert held(tmp_path / "out") == before


@pytest.mark.parametrize("form", ["webdataset", "imagefolder"])
def test_an_export_that_was_killed_goes_on_without_loss_or_doubles(
    some: Collected, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = {"shard_size": "20KB"} if form == "webdataset" else {}
    some.export(tmp_path / "whole", form, split="train=0.5,test=0.5", **wishes)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in wishes.items()]
    words = ["export", str(tmp_path / "out"), f"--to={form}", "--split=train=0.5,test=0.5", *flags]
    code = (
        "import os, sys, librarian.exporting.assigning as a, librarian.exporting.plan as p\n"
        "a.TOGETHER, finish = 5, p.Plan.finish\n"
        "def die(*given):\n"
        "    finish(*given)\n"
        "    die.done = getattr(die, 'done', 0) + 1\n"
        "    if die.done == 2: os.kill(os.getpid(), 9)\n"
        "p.Plan.finish = die\n"
        "from librarian.cli import main; main()"
    )
    command = some.command(*words)
    killed = subprocess.run(
        [command[0], "-c", code, *command[3:]], env=environ(), capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "out" / "manifest.json").exists()
    refused = some.librarian(*words)
    assert refused.returncode == 2
    assert "--resume goes on with it" in refused.stderr
    run = some.librarian(*words, "--resume")
    assert (run.returncode, run.stderr) == (0, "")
    assert held(tmp_path / "out") == held(tmp_path / "whole")


def test_an_export_that_is_interrupted_ends_at_once_and_goes_on(
    some: Collected, tmp_path: Path
) -> None:
    words = ["export", str(tmp_path / "out"), "--to=jsonl"]
    code = (
        "import signal, time, librarian.exporting.fetching as f; read = f._patiently\n"
        # what runs in a shell's background is not interrupted, nor what it starts
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def slowly(*given): print('reading', flush=True); time.sleep(0.5); return read(*given)\n"
        "f._patiently = slowly\n"
        "from librarian.cli import main; main()"
    )
    command = some.command(*words)
    with subprocess.Popen(
        [command[0], "-c", code, *command[3:]], env=environ(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"reading\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (130, b"")
    assert some.librarian(*words, "--resume").returncode == 0
    assert len(lines(tmp_path / "out" / "train.jsonl")) == COUNT


def test_one_folder_is_written_by_one_process(some: Collected, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with planning.Plan(tmp_path / "out"), pytest.raises(Unusable, match="Another process"):
        some.resume(tmp_path / "out", "jsonl")


def test_other_wishes_do_not_go_on_with_an_export(some: Collected, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with planning.Plan(tmp_path / "out") as plan:
        plan.say("asked", {"format": "csv"})
    with pytest.raises(Unusable, match=r"other wishes \(format, "):
        some.resume(tmp_path / "out", "jsonl")


def test_what_is_missing_or_changed_is_told_by_uid_and_can_be_tried_again(tmp_path: Path) -> None:
    service = filled(tmp_path / "service", 6)
    files = sorted((tmp_path / "service" / "images").iterdir())
    before = [path.read_bytes() for path in files[:2]]
    files[0].unlink()
    files[1].write_bytes(before[1][:-1] + b"!")
    words = ("export", str(tmp_path / "out"), "--to=webdataset")
    run = service.librarian(*words)
    assert run.returncode == 1
    first, second, counts, last = run.stdout.splitlines()
    assert {first, second} == {
        f"{files[0].stem}: “image” is in none of the stores.",
        f"{files[1].stem}: “image” is not what was stored: its hash is another.",
    }
    assert counts == f"train 4 in {tmp_path / 'out'}"
    assert last == "2 records missing; --resume tries these again"
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert {each["uid"] for each in manifest["missing"]} == {files[0].stem, files[1].stem}
    for path, content in zip(files[:2], before, strict=True):
        path.write_bytes(content)
    run = service.librarian(*words, "--resume")
    assert (run.returncode, run.stdout) == (0, f"train 6 in {tmp_path / 'out'}\n")
    service.export(tmp_path / "whole", "webdataset")
    assert held(tmp_path / "out") == held(tmp_path / "whole")


def test_a_store_that_is_down_ends_the_export_and_it_goes_on_later(
    some: Collected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any) -> bytes:
        raise StoreError("no")

    monkeypatch.setattr("librarian.exporting.fetching.PAUSE", 0)
    with monkeypatch.context() as broken:
        broken.setattr("librarian.exporting.source.data.read", down)
        with pytest.raises(StoreError, match="a store does not answer"):
            some.export(tmp_path / "out", "jsonl")
    some.resume(tmp_path / "out", "jsonl")
    assert len(lines(tmp_path / "out" / "train.jsonl")) == COUNT


def test_a_store_that_stumbles_while_records_are_listed_is_asked_from_there_on(
    some: Collected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    select, asked = Collection.select, [0]

    def stumbling(self: Collection, selection: Any, after: Any = None) -> Iterator[Entry]:
        asked[0] += 1
        for number, entry in enumerate(select(self, selection, after)):
            if number == 7:
                raise StoreError("no")
            yield entry

    monkeypatch.setattr("librarian.exporting.fetching.PAUSE", 0)
    monkeypatch.setattr(Collection, "select", stumbling)
    some.export(tmp_path / "out", "jsonl")
    monkeypatch.undo()
    some.export(tmp_path / "whole", "jsonl")
    assert asked[0] == COUNT // 7 + 1
    assert held(tmp_path / "out") == held(tmp_path / "whole")


def test_rejected_and_withdrawn_records_are_left_out(tmp_path: Path) -> None:
    service = filled(tmp_path / "service", 6)
    collection = Collection.of(service.service.commit)
    assert collection is not None
    entries = list(collection.select())
    collection.amend(entries[0].uid, "rejected", by="a test")
    collection.amend(entries[1].uid, "approved", by="a test")
    collection.withdraw(entries[2].uid, by="a test")

    def exported(name: str, **wishes: str) -> set[str]:
        service.export(tmp_path / name, "jsonl", **wishes)
        return {each["uid"] for each in lines(tmp_path / name / "train.jsonl")}

    rest = {each.uid for each in entries[3:]}
    assert exported("default") == rest | {entries[1].uid}
    assert exported("good", state="approved") == {entries[1].uid}
    assert exported("both", state="approved,rejected") == {entries[0].uid, entries[1].uid}
    assert exported("late", since=entries[4].received_at) >= {entries[5].uid}
    last = entries[5].labels
    where = f"number={last['number']},seen={str(last['seen']).lower()},label={last['label']}"
    assert exported("where", where=where) == {entries[5].uid}


def test_records_of_several_inputs_go_out_whole(tmp_path: Path) -> None:
    given = {
        "INPUT_CONFIG": [
            {"type": ["file"], "tag": "image"},
            {"type": ["file"], "tag": "mask", "required": False},
            {"type": ["text", "file"], "tag": "note", "required": False},
            {"type": ["file"], "tag": "sound", "required": False},
        ],
        "DATA_VALID_CONFIG": [],
        "DATA_ACTOR_CONFIG": [{"actor": "file", "args": [str(tmp_path / "data")]}],
    }
    service = collected(tmp_path / "service", **given)
    wav = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\0\0\0\0"
    note = "=1+1\n“two”, lines; <b>"
    whole = service.send(
        {"n": 0}, image=picture(0), mask=picture(1, name="PNG"), note=note.encode(), sound=wav
    ).uid
    alone = service.send({"n": 1}, image=picture(2, name="PNG")).uid
    for form in ("imagefolder", "jsonl", "csv", "webdataset", "parquet"):
        assert service.export(tmp_path / form, form).counts == {"train": 2}
    files = held(tmp_path / "jsonl")
    first, second = lines(tmp_path / "jsonl" / "train.jsonl")
    assert (first["uid"], second["uid"]) == (whole, alone)
    assert first["note"] == note
    assert files[first["mask_file"]] == picture(1, name="PNG")
    assert files[first["sound_file"]] == wav
    assert second["mask_file"] is second["sound_file"] is second["note"] is None
    (row, _) = lines(tmp_path / "imagefolder" / "train" / "metadata.jsonl")
    assert row["image_file_name"] == f"{whole}-image.jpg"
    assert row["mask_file_name"] == f"{whole}-mask.png"
    with tarfile.open(tmp_path / "webdataset" / "data" / "train-00000-of-00001.tar") as tar:
        members = {member.name.removeprefix(f"{whole}."): member for member in tar.getmembers()[:5]}
        assert set(members) == {"image.jpg", "mask.png", "note.txt", "sound.wav", "json"}
        assert all(each.mtime == each.uid == each.gid == 0 for each in members.values())
    table = (tmp_path / "csv" / "train.csv").read_text(encoding="utf-8")
    assert '"\'=1+1\n“two”, lines; <b>"' in table


def test_text_alone_goes_out_where_no_picture_is_needed(tmp_path: Path) -> None:
    given = {"INPUT_CONFIG": {"type": "text", "tag": "sentence"}, "DATA_VALID_CONFIG": []}
    stores = {"DATA_ACTOR_CONFIG": [{"actor": "file", "args": [str(tmp_path / "data")]}]}
    service = collected(tmp_path / "service", **given, **stores)
    for number, text in enumerate(("good", "<html>bad", "é")):
        service.send({"mood": number}, sentence=text.encode())
    service.export(tmp_path / "out", "jsonl")
    assert [row["sentence"] for row in lines(tmp_path / "out" / "train.jsonl")] == [
        "good", "<html>bad", "é",
    ]  # fmt: skip
    with pytest.raises(Unusable, match="imagefolder is for pictures"):
        service.export(tmp_path / "pictures", "imagefolder")
    assert not any((tmp_path / "pictures").iterdir())


def test_a_class_is_a_folder_and_hostile_ones_stay_inside(tmp_path: Path) -> None:
    service = collected(tmp_path / "service")
    words = ["cat", "../../up", "CON", "a/b", "Cat", "=1+1", ""]
    for number, word in enumerate(words):
        service.send({"label": word}, image=picture(number))
    service.export(tmp_path / "out", "imagefolder", label="label")
    folders = sorted(path.name for path in (tmp_path / "out" / "train").iterdir())
    assert len(folders) == len(words)
    assert {"cat", "unlabelled"} < set(folders)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in folders)
    assert not (tmp_path / "out" / "train" / "metadata.jsonl").exists()


def test_a_turned_box_is_told_by_its_corners_and_what_stands_out_is_cut_off(
    tmp_path: Path,
) -> None:
    given = {
        "CROSS_VALID_CONFIG": [
            {
                "validator": "inside",
                "args": [["top", "left", "bottom", "right"]],
                "kwargs": {"unit": "fractions", "tolerance": 1},
            }
        ],
    }
    service = collected(tmp_path / "service", **given)
    edges = {"top": 0.25, "left": 0.25, "bottom": 0.75, "right": 0.75}
    service.send({**edges, "rotate": 90.0}, image=picture(0))
    service.send({**edges, "right": 1.5}, image=picture(1))
    service.send({}, image=picture(2))
    summary = service.export(tmp_path / "out", "coco")
    assert summary.without_box == 1
    told = json.loads((tmp_path / "out" / "annotations" / "instances_train.json").read_bytes())
    turned, cut = told["annotations"]
    assert turned["bbox"] == [16.0, 4.0, 16.0, 24.0]
    assert turned["area"] == 24 * 16
    assert cut["bbox"] == [12.0, 8.0, 36.0, 16.0]
    assert len(told["images"]) == 3


def test_it_works_for_mongodb_with_s3(
    tmp_path: Path, mongodb: servers.MongoServer, rclone: servers.S3Server
) -> None:
    keys = [rclone.access_key, rclone.secret_key, rclone.new_bucket(), "images/", ""]
    more = {"endpoint": rclone.endpoint, "region": "us-east-1"}
    database = ["", "", mongodb.address, servers.fresh("db"), "labels"]
    stores = {
        "DATA_ACTOR_CONFIG": [{"actor": "S3", "args": keys, "kwargs": more}],
        "LABEL_ACTOR_CONFIG": [{"actor": "mongo", "args": database}],
    }
    with closing(collected(tmp_path / "service", **stores)) as service:
        service.fill(12)
        assert service.export(tmp_path / "out", "imagefolder").counts == {"train": 12}
    rows = lines(tmp_path / "out" / "train" / "metadata.jsonl")
    for row in rows:
        own = tmp_path / "out" / "train" / row["file_name"]
        assert own.read_bytes() == picture(row["number"])
    assert sorted(row["number"] for row in rows) == list(range(12))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "--to FORMAT is missing"),
        (["--to=imagefoldr"], 'Did you mean "imagefolder"?'),
        (["--to=csv", "--shard-size=1MB"], "--shard-size is for parquet and webdataset"),
        (["--to=parquet", "--shard-size=big"], "--shard-size is a size like 256MiB"),
        (["--to=csv", "--split=train=0.8"], "the shares are 0.8 together"),
        (["--to=csv", "--split=Train=1"], "names no split"),
        (["--to=csv", "--state=good"], "is no state"),
        (["--to=csv", "--since=yesterday"], "is no moment"),
        (["--to=csv", "--where=mood"], "is no label and value"),
        (["--to=csv", "--where=mood=nobody"], "No record is meant by that"),
        (["--to=csv", "--label=label"], "--label is for formats with classes"),
        (["--to=yolo", "--label=colour"], "no record has a label “colour”"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(
    some: Collected,
    tmp_path: Path,
    flags: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", some.command("export", str(tmp_path / "out"), *flags)[2:])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert said in told.err
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())
