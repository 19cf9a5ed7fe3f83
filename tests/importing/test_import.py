"""Does a folder come in through the validators, each contribution once, and as it was exported?"""

import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from librarian import cli, importing, strictjson
from librarian.collection import Collection, Entry
from librarian.exporting.columns import flat
from librarian.importing.folder import contributions
from librarian.importing.found import Broken, file
from tests.exporting.collected import QUIET, Collected, collected, filled, held, lines, picture
from tests.process import a_folder

COUNT = 18
BACK = ("csv", "imagefolder", "jsonl", "parquet", "webdataset")
WHOLE = f"imported {COUNT}, already there 0, refused 0, failed 0\n"


@pytest.fixture(scope="module")
def some() -> Iterator[Collected]:
    """Give a collection that no test changes."""
    with a_folder() as folder:
        yield filled(folder / "service", COUNT)


def entries(service: Collected) -> dict[str, Entry]:
    collection = Collection.of(service.service.commit)
    assert collection is not None
    return {each.uid: each for each in collection.select()}


def taken_in(service: Collected, folder: Path) -> Counter[str]:
    """Take a folder in, in this process, and count what became of it."""
    found = contributions(folder, ("image",))
    ended = importing.run(service.service, found, at_once=4, progress=QUIET)
    return Counter(each.word for each in ended)


@pytest.mark.parametrize("form", BACK)
def test_what_was_exported_comes_back_as_it_was(some: Collected, tmp_path: Path, form: str) -> None:
    some.export(tmp_path / "out", form, split="train=0.5,test=0.5")
    there = collected(tmp_path / "there")
    run = there.librarian("import", str(tmp_path / "out"))
    assert (run.returncode, run.stdout, run.stderr) == (0, WHOLE, "")
    before, after = entries(some), entries(there)
    assert before.keys() == after.keys()
    for uid, entry in after.items():
        assert strictjson.same(flat(entry.labels), flat(before[uid].labels))
        assert entry.data[0]["sha256"] == before[uid].data[0]["sha256"]
        came = entry.whole["_librarian"]["imported"]["received_at"]
        assert came == before[uid].received_at
    assert taken_in(there, tmp_path / "out") == {"already there": COUNT}
    assert taken_in(some, tmp_path / "out") == {"already there": COUNT}
    there.export(tmp_path / "again", form, split="train=0.5,test=0.5")
    assert held(tmp_path / "again") == held(tmp_path / "out")


@pytest.mark.parametrize("form", BACK)
def test_an_empty_text_comes_back_and_so_does_what_was_not_said(tmp_path: Path, form: str) -> None:
    checks = [{"validator": "type", "args": [{"note": "str"}]}]
    before = collected(tmp_path / "before", LABEL_VALID_CONFIG=checks)
    for number, labels in enumerate(({"more": ""}, {"more": "x"}, {}, {"more": "'"})):
        who = "" if number % 2 else "somebody-4711"
        before.send({"note": "", **labels}, who, image=picture(number))
    before.export(tmp_path / "out", form)
    after = collected(tmp_path / "after", LABEL_VALID_CONFIG=checks)
    assert taken_in(after, tmp_path / "out") == {"imported": 4}
    sent, back = entries(before), entries(after)
    assert {uid: back[uid].labels for uid in back} == {uid: sent[uid].labels for uid in sent}
    after.export(tmp_path / "again", form)
    assert held(tmp_path / "again") == held(tmp_path / "out")


def test_what_was_changed_in_an_export_is_not_written_over_a_record(
    some: Collected, tmp_path: Path
) -> None:
    some.export(tmp_path / "out", "jsonl")
    table = tmp_path / "out" / "train.jsonl"
    first, *rest = lines(table)
    first["label"] = "bird"
    table.write_text("".join(f"{json.dumps(row)}\n" for row in (first, *rest)))
    run = some.librarian("import", str(tmp_path / "out"))
    assert run.returncode == 1
    told, last = run.stdout.splitlines()
    assert told == (
        f"{first['uid']}: refused: It is in the stores already, with other labels or data; it was"
        " not changed."
    )
    assert last == f"imported 0, already there {COUNT - 1}, refused 1, failed 0"
    there = collected(tmp_path / "there")
    assert there.librarian("import", str(tmp_path / "out")).stdout == WHOLE
    assert entries(there)[first["uid"]].labels["label"] == "bird"


def test_what_was_withdrawn_does_not_come_back(tmp_path: Path) -> None:
    service = filled(tmp_path / "service", 3)
    service.export(tmp_path / "out", "webdataset")
    collection = Collection.of(service.service.commit)
    assert collection is not None
    gone = next(iter(entries(service)))
    collection.withdraw(gone, by="a test")
    run = service.librarian("import", str(tmp_path / "out"))
    assert run.returncode == 1
    told, last = run.stdout.splitlines()
    assert told.startswith(f"{gone}: refused: This contribution was withdrawn")
    assert last == "imported 0, already there 2, refused 1, failed 0"


def test_a_folder_of_files_and_a_table_come_in_by_the_types_of_the_service(tmp_path: Path) -> None:
    checks = [{"validator": "type", "args": [{"x": "int", "name": "str"}]}]
    images = [{"validator": "img"}]
    service = collected(tmp_path / "service", LABEL_VALID_CONFIG=checks, DATA_VALID_CONFIG=images)
    folder = tmp_path / "mine"
    (folder / "deep").mkdir(parents=True)
    for number, name in enumerate(("a.jpg", "deep/b.jpg", "c.jpg", "d.jpg")):
        (folder / name).write_bytes(picture(number))
    (folder / "d.jpg").write_bytes(b"%PDF-1.7")
    rows = ["file,x,name", "a.jpg,3,2020", "deep/b.jpg,4,ä", "c.jpg,many,b", "d.jpg,1,d"]
    rows += ["../service/labels.sqlite,1,up", "nowhere.jpg,1,e"]
    (tmp_path / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    words = ("import", str(folder), "--labels", str(tmp_path / "labels.csv"))
    run = service.librarian(*words)
    assert run.returncode == 1
    *told, last = run.stdout.splitlines()
    assert last == "imported 2, already there 0, refused 2, failed 2"
    said = "\n".join(told)
    assert "labels.csv, line 4: refused: “x” must be a whole number. (label-validation" in said
    assert "labels.csv, line 5: refused: This is a PDF" in said
    assert "labels.csv, line 6: failed: There is no file “../service/labels.sqlite” in" in said
    assert "labels.csv, line 7: failed: There is no file “nowhere.jpg” in" in said
    found = [(each.labels["x"], each.labels["name"]) for each in entries(service).values()]
    assert sorted(found) == [(3, "2020"), (4, "ä")]
    assert service.librarian(*words).stdout.splitlines()[-1] == (
        "imported 0, already there 2, refused 2, failed 2"
    )


def test_folders_are_classes_where_a_label_is_named(tmp_path: Path) -> None:
    service = collected(tmp_path / "service")
    for number, name in enumerate(("cat/a.jpg", "cat/b.png", "dog/c.jpg")):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number, name="PNG" if name.endswith("png") else "JPEG"))
    run = service.librarian("import", str(tmp_path / "mine"), "--label=animal")
    assert run.stdout == "imported 3, already there 0, refused 0, failed 0\n"
    found = [each.labels["animal"] for each in entries(service).values()]
    assert sorted(found) == ["cat", "cat", "dog"]


@pytest.mark.parametrize("name", ["metadata.jsonl", "metadata.csv"])
def test_an_imagefolder_of_somebody_else_comes_in(tmp_path: Path, name: str) -> None:
    service = collected(tmp_path / "service")
    folder = tmp_path / "mine" / "train"
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(picture(1))
    table = {"metadata.jsonl": '{"file_name": "a.jpg", "mood": "good", "box": {"x": 1}}\n'}
    text = table.get(name, "file_name,mood,box.x\na.jpg,good,1\n")
    (folder / name).write_text(text)
    run = service.librarian("import", str(tmp_path / "mine"))
    assert run.stdout == "imported 1, already there 0, refused 0, failed 0\n"
    (entry,) = entries(service).values()
    assert entry.labels["mood"] == "good"
    assert str(entry.labels["box"]["x"]) == "1"
    assert entry.data[0]["filename"] == "a.jpg"


def test_shards_of_somebody_else_come_in(tmp_path: Path) -> None:
    service = collected(tmp_path / "service")
    (tmp_path / "mine").mkdir()
    with tarfile.open(tmp_path / "mine" / "0.tar", "w") as tar:
        for name, content in (
            ("one.jpg", picture(1)), ("one.json", b'{"mood": 1}'),
            ("../two.jpg", picture(2)), ("../two.cls", b"7"),
        ):  # fmt: skip
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    run = service.librarian("import", str(tmp_path / "mine"))
    assert run.stdout == "imported 2, already there 0, refused 0, failed 0\n"
    found: list[dict[str, Any]] = [dict(each.labels) for each in entries(service).values()]
    assert {"mood": 1} in found
    assert {"cls": "7"} in found


def test_a_file_outside_of_the_folder_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    for name in ("../secret", str(tmp_path / "secret"), "link", "..\\secret", "a/../../secret", ""):
        with pytest.raises(Broken):
            file(folder, name).read()


@pytest.mark.parametrize(
    ("held", "flags", "said"),
    [
        (None, [], "is not there"),
        ({}, [], "holds nothing that can be taken in"),
        ({"a.tar": "no tar"}, [], "a.tar is no tar, or broken off"),
        ({"a.jsonl": "{"}, [], "a.jsonl, line 1: this is not JSON"),
        ({"a.csv": 'file\n"'}, [], "a.csv: this is not CSV"),
        ({"manifest.json": "[]"}, [], "is no manifest of an export"),
        ({"manifest.json": '{"form": 99}'}, [], "by a later version"),
        ({"a.csv": "file\n"}, ["--labels=labels.txt"], "is no .csv or .jsonl file"),
        ({"a.csv": "file\n"}, ["--label=x"], "--label is for a folder of pictures"),
        ({"a.csv": "file\n"}, ["--at-once=0"], "--at-once is a whole number"),
    ],
)
def test_what_cannot_be_taken_in_is_told(
    tmp_path: Path,
    held: dict[str, str] | None,
    flags: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    service = collected(tmp_path / "service")
    if held is not None:
        (tmp_path / "mine").mkdir()
    for name, text in (held or {}).items():
        (tmp_path / "mine" / name).write_text(text)
    monkeypatch.setattr("sys.argv", service.command("import", str(tmp_path / "mine"), *flags)[2:])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert said in told.err


@pytest.mark.parametrize("form", ["coco", "yolo"])
def test_formats_that_hold_less_than_the_labels_are_not_taken_back(
    some: Collected, tmp_path: Path, form: str
) -> None:
    some.export(tmp_path / "out", form)
    run = some.librarian("import", str(tmp_path / "out"))
    assert run.returncode == 2
    assert run.stderr == (
        f"{form} is not taken back; csv, imagefolder, jsonl, parquet, webdataset are.\n"
    )
