"""Does a growing file stay whole, whatever happens between two appends?"""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from librarian import strictjson
from librarian.disk.appendfile import AppendFile
from librarian.disk.layout import ARRAY, LINES, Layout
from librarian.stage import Exists, StoreError

LAYOUTS = pytest.mark.parametrize("layout", [ARRAY, LINES], ids=["array", "lines"])
WORDS = st.text(max_size=12) | st.sampled_from(["]", "},{", "\n", '"', "\\", "[", ",", "x" * 5000])


class Killed(BaseException):
    """The process dies here."""


def row(key: str, word: str = "") -> dict[str, Any]:
    return {"_id": key, "word": word, "_librarian": {"fingerprint": f"f{key}", "received_at": "t"}}


def put(file: AppendFile, key: str, word: str = "") -> None:
    file.append(key, strictjson.dumps(row(key, word)), row(key, word))


def documents(path: Path, layout: Layout) -> list[Any]:
    """Read the file as those do who know nothing of this service."""
    text = path.read_text(encoding="utf-8")
    if layout is ARRAY:
        whole = json.loads(text)
        assert isinstance(whole, list)
        return whole
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def keys(path: Path, layout: Layout) -> list[str]:
    return [each["_id"] for each in documents(path, layout)]


def without_index(path: Path) -> None:
    for beside in path.parent.glob(f"{path.name}.index*"):
        beside.unlink()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels"


@LAYOUTS
def test_the_file_is_whole_after_every_append_and_every_removal(path: Path, layout: Layout) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, 9), WORDS, st.sampled_from(["", "lose", "reopen"]))))
    def check(steps: list[tuple[int, str, str]]) -> None:
        shutil.rmtree(path.parent, ignore_errors=True)
        file, there = AppendFile(path, layout), dict[str, str]()
        for number, word, event in steps:
            key = str(number)
            if key in there:
                file.remove(key)
                del there[key]
            else:
                put(file, key, word)
                there[key] = word
            assert documents(path, layout) == [row(key, word) for key, word in there.items()]
            if event == "lose":
                without_index(path)
            elif event == "reopen":
                file = AppendFile(path, layout)
            for key, word in there.items():
                assert file.read(key) == strictjson.dumps(row(key, word))

    check()


@LAYOUTS
def test_a_new_file_is_whole_before_anything_is_in_it(path: Path, layout: Layout) -> None:
    AppendFile(path, layout).probe()
    assert documents(path, layout) == []


@LAYOUTS
def test_a_removed_last_document_leaves_no_room_behind(path: Path, layout: Layout) -> None:
    file = AppendFile(path, layout)
    put(file, "1")
    before = path.read_bytes()
    for key in ("2", "3", "4"):
        put(file, key)
    for key in ("3", "2", "4"):
        file.remove(key)
    assert path.read_bytes() == before


@LAYOUTS
def test_a_missing_index_is_made_anew_with_everything_it_said(path: Path, layout: Layout) -> None:
    file = AppendFile(path, layout)
    for number in range(5):
        put(file, str(number))
    file.remove("2")
    told = index(path)
    without_index(path)
    assert AppendFile(path, layout).read("4") == strictjson.dumps(row("4"))
    assert index(path) == told
    assert {each[3:] for each in told} == {(f"f{number}", "t") for number in (0, 1, 3, 4)}


def index(path: Path) -> list[Any]:
    connection = sqlite3.connect(f"{path}.index")
    try:
        return connection.execute("SELECT * FROM documents ORDER BY id").fetchall()
    finally:
        connection.close()


@LAYOUTS
@pytest.mark.parametrize(
    "garbage", [b"no database at all" * 500, b"SQLite format 3\0" + b"\7" * 9000]
)
def test_a_damaged_index_is_made_anew(path: Path, layout: Layout, garbage: bytes) -> None:
    put(AppendFile(path, layout), "1")
    without_index(path)
    Path(f"{path}.index").write_bytes(garbage)
    file = AppendFile(path, layout)
    with pytest.raises(Exists):
        put(file, "1")
    put(file, "2")
    assert keys(path, layout) == ["1", "2"]


@LAYOUTS
def test_an_index_lost_while_the_service_runs_is_made_anew(path: Path, layout: Layout) -> None:
    file, other = AppendFile(path, layout), AppendFile(path, layout)
    put(file, "1")
    put(other, "2")
    without_index(path)
    with pytest.raises(Exists):
        put(file, "2")
    with pytest.raises(Exists):
        put(other, "1")
    put(file, "3")
    assert other.read("3") is not None


@LAYOUTS
def test_a_file_moved_away_while_the_service_runs_begins_anew(path: Path, layout: Layout) -> None:
    file = AppendFile(path, layout)
    put(file, "1")
    path.rename(path.with_name("kept"))
    assert file.read("1") is None
    put(file, "2")
    assert keys(path, layout) == ["2"]
    assert keys(path.with_name("kept"), layout) == ["1"]


@LAYOUTS
def test_an_edit_by_hand_is_taken_in(path: Path, layout: Layout) -> None:
    file = AppendFile(path, layout)
    for key in ("1", "2", "3"):
        put(file, key, "before")
    path.write_bytes(path.read_bytes().replace(b'"_id":"2"', b'"_id":"changed by hand"'))
    assert file.read("2") is None
    assert file.read("3") == strictjson.dumps(row("3", "before"))
    put(file, "2")
    assert keys(path, layout) == ["1", "changed by hand", "3", "2"]


@LAYOUTS
@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("there", [0, 1, 2])
def test_an_append_broken_off_anywhere_is_mended(
    tmp_path: Path, layout: Layout, there: int, indexed: bool
) -> None:
    before = tmp_path / "before" / "labels"
    file = AppendFile(before, layout)
    file.probe()
    for number in range(there):
        put(file, str(number))
    known = [str(number) for number in range(there)]
    old = before.read_bytes()
    put(file, "new", "line\nbreak ]},{")
    new = before.read_bytes()
    file.remove("new")
    assert before.read_bytes() == old
    at = next((i for i, pair in enumerate(zip(old, new, strict=False)) if len(set(pair)) > 1), 0)
    whole = new.index(b'"_id":"new"') + new[new.index(b'"_id":"new"') :].rindex(b"}") + 1
    ends = {*range(at, at + 7), *range(at, whole, 9), *range(whole - 2, len(new) + 1)}
    for done in sorted(ends):
        path = tmp_path / f"at{done}" / "labels"
        path.parent.mkdir()
        if indexed:
            copy_index(before, path)
        path.write_bytes(new[:done] + old[done:])
        file = AppendFile(path, layout)
        file.probe()
        kept = known + (["new"] if done >= whole else [])
        assert keys(path, layout) == kept
        put(file, "next")
        assert keys(path, layout) == [*kept, "next"]
        assert file.read("next") == strictjson.dumps(row("next"))


def copy_index(source: Path, target: Path) -> None:
    """Copy an index as it is, speaking now of the other file."""
    target.touch()
    connection = sqlite3.connect(f"{source}.index")
    try:
        connection.execute("VACUUM INTO ?", (f"{target}.index",))
    finally:
        connection.close()
    connection = sqlite3.connect(f"{target}.index")
    try:
        connection.execute("UPDATE file SET inode = ?", (target.stat().st_ino,))
        connection.commit()
    finally:
        connection.close()


@LAYOUTS
@pytest.mark.parametrize("removed", ["1", "2", "3"])
def test_a_removal_broken_off_anywhere_is_finished(
    tmp_path: Path, layout: Layout, removed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    for done in (0, 1, 2, 17, 40, 90, 130):
        path = tmp_path / str(done) / "labels"
        file = AppendFile(path, layout)
        for key in ("1", "2", "3"):
            put(file, key, "some words")

        def dying(file: int, content: bytes, at: int, done: int = done) -> int:
            real(file, content[:done], at)
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", dying)
            with pytest.raises(Killed):
                file.remove(removed)
        left = [key for key in ("1", "2", "3") if key != removed]
        for each in (file, AppendFile(path, layout)):
            assert each.read(removed) is None
            assert [each.read(key) for key in left] == [
                strictjson.dumps(row(key, "some words")) for key in left
            ]
            assert keys(path, layout) == left


@LAYOUTS
def test_a_whole_document_that_somebody_damaged_is_never_cut_off(
    path: Path, layout: Layout
) -> None:
    file = AppendFile(path, layout)
    put(file, "1", "one")
    put(file, "2", "two")
    mangled = path.read_bytes().replace(b'"two"', b'"two')
    path.write_bytes(mangled)
    for _ in range(2):
        with pytest.raises(StoreError, match="damaged at byte"):
            put(file, "3")
        assert path.read_bytes() == mangled


@LAYOUTS
def test_damage_in_the_middle_is_never_cut_off(path: Path, layout: Layout) -> None:
    file = AppendFile(path, layout)
    for key in ("1", "2", "3"):
        put(file, key)
    without_index(path)
    mangled = path.read_bytes().replace(b'"_id":"2"', b'"_id""2"')
    path.write_bytes(mangled)
    with pytest.raises(StoreError, match="damaged at byte"):
        put(file, "4")
    assert path.read_bytes() == mangled


@pytest.mark.parametrize("text", [b"# Notes\n", b'{"a": 1}', b"\0\0\0", b'"["'])
def test_a_file_that_is_no_array_is_left_alone(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    with pytest.raises(StoreError, match="no JSON array"):
        put(AppendFile(path, ARRAY), "1")
    assert path.read_bytes() == text


@LAYOUTS
def test_a_write_that_fails_leaves_the_file_as_it_was(
    path: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = AppendFile(path, layout)
    put(file, "1")
    before, told, real = path.read_bytes(), index(path), os.pwrite
    answers = iter([20, None])

    def full(file: int, content: bytes, at: int) -> int:
        room = next(answers, len(content))
        if room is None:
            raise OSError(28, "No space left on device", str(path))
        return real(file, content[:room], at)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StoreError, match="ENOSPC") as caught:
        put(file, "2", "x" * 10_000)
    assert str(path) not in str(caught.value)
    assert not caught.value.unsure
    assert path.read_bytes() == before
    assert index(path) == told
    put(file, "2")
    assert keys(path, layout) == ["1", "2"]


@LAYOUTS
def test_an_index_that_fails_leaves_the_file_as_it_was(path: Path, layout: Layout) -> None:
    file = AppendFile(path, layout)
    put(file, "1")
    before = path.read_bytes()
    with refusing(path):
        with pytest.raises(StoreError):
            put(file, "2")
        assert path.read_bytes() == before
        assert file.read("1") is not None
    put(file, "2")
    assert keys(path, layout) == ["1", "2"]


class refusing:  # noqa: N801 - it reads as a verb
    """While it lasts, the index takes no document in."""

    def __init__(self, path: Path) -> None:
        self.index = f"{path}.index"

    def __enter__(self) -> None:
        self.run("CREATE TRIGGER no INSERT ON documents BEGIN SELECT RAISE(ABORT, 'no'); END")

    def __exit__(self, *_: object) -> None:
        self.run("DROP TRIGGER no")

    def run(self, statement: str) -> None:
        connection = sqlite3.connect(self.index)
        try:
            connection.execute(statement)
        finally:
            connection.close()


def test_a_write_that_cannot_be_taken_back_is_told_as_unsure(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = AppendFile(path, ARRAY)
    put(file, "1")

    def broken(file: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(StoreError) as caught:
            put(file, "2")
    assert caught.value.unsure
    assert documents(path, ARRAY)[0] == row("1")


FOREIGN = [
    (b"[]", []),
    (b" [ ] ", []),
    (b"\xef\xbb\xbf[]\n", []),
    (b'[{"_id": "a"}]', ["a"]),
    (b'[{"_id": "a"}, {"_id": "b"}]', ["a", "b"]),
    (
        b'[\n    {\n        "_id": "a",\n        "l": [1, {"x": "]"}]\n    },\n {"_id":"b"}\n]',
        ["a", "b"],
    ),
    (b'[1, "x", null, {"_id": "a"}, [2], -1.5e3]', ["a"]),
    (b'[{"uid": "no id"}, {"_id": 5}, {"_id": "a"}, {"_id": "a", "again": 1}]\n\n\n', ["a"]),
]


@pytest.mark.parametrize(("text", "there"), FOREIGN)
def test_an_array_that_others_made_is_gone_on_with(
    path: Path, text: bytes, there: list[str]
) -> None:
    path.write_bytes(text)
    before = json.loads(text.decode("utf-8-sig"))
    file = AppendFile(path, ARRAY)
    for key in there:
        found = file.read(key)
        assert found is not None
        assert json.loads(found)["_id"] == key
    put(file, "new")
    assert json.loads(path.read_text("utf-8-sig")) == [*before, row("new")]
    put(file, "newer")
    file.remove("new")
    for key in there:
        file.remove(key)
    after = json.loads(path.read_text("utf-8-sig"))
    assert len(after) == len(before) - len(there) + 1
    assert after[-1] == row("newer")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b'{"_id": "a"}\n{"_id": "b"}', 2),
        (b'{"_id": "a"}\r\n\r\n  {"_id": "b"}  \r\n', 2),
        (b'5\n{"_id": "a"}\n{"_id": "b"}\n[1]\n', 4),
    ],
)
def test_lines_that_others_made_are_gone_on_with(path: Path, text: bytes, lines: int) -> None:
    path.write_bytes(text)
    file = AppendFile(path, LINES)
    put(file, "new")
    assert file.read("b") == b'{"_id": "b"}'
    file.remove("a")
    left = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    assert len(left) == lines
    assert left[-1] == row("new")


def test_the_time_of_an_append_does_not_grow_with_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: what is read of the file and what is asked of the index."""
    path.write_bytes(
        b"[" + b",\n".join(strictjson.dumps(row(f"old{n}")) for n in range(2000)) + b"]"
    )
    file = AppendFile(path, ARRAY)
    file.probe()
    written, real = list[int](), os.pwrite

    def counting(file: int, content: bytes, at: int) -> int:
        written.append(len(content))
        return real(file, content, at)

    def reading(*_: object) -> Iterator[Any]:
        raise AssertionError("the file was read through")

    monkeypatch.setattr(os, "pwrite", counting)
    monkeypatch.setattr(AppendFile, "_rebuild", reading)
    for number in range(20):
        put(file, str(number))
    file.remove("7")
    file.remove("19")
    assert sum(written) < 22 * 300
