"""Is a file in a folder whole, created once, and never outside of the folder?"""

import errno
import os
from pathlib import Path

import pytest

from librarian.disk import folder
from librarian.stage import Exists, StoreError


def test_folders_are_made_as_needed(tmp_path: Path) -> None:
    folder.create(tmp_path / "a" / "b" / "c", "name.txt", b"content")
    assert (tmp_path / "a" / "b" / "c" / "name.txt").read_bytes() == b"content"


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    folder.create(tmp_path, "name.txt", b"first")
    with pytest.raises(Exists):
        folder.create(tmp_path, "name.txt", b"second")
    assert folder.read(tmp_path, "name.txt") == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["name.txt"]


def test_a_file_whose_bytes_cannot_be_flushed_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="ENOSPC") as caught:
        folder.create(tmp_path, "name.txt", b"content")
    assert str(tmp_path) not in str(caught.value)
    assert not caught.value.unsure
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_name_cannot_be_flushed_is_taken_back_and_told_as_unsure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(folder, "sync", broken)
    with pytest.raises(StoreError) as caught:
        folder.create(tmp_path, "name.txt", b"content")
    assert caught.value.unsure
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out", "..", ".hidden", "a/b.txt", "a\0b", ""])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "out.txt").write_bytes(b"not ours")
    with pytest.raises(StoreError):
        folder.create(inside, name, b"content")
    with pytest.raises(StoreError):
        folder.read(inside, name)
    with pytest.raises(StoreError):
        folder.remove(inside, name)
    assert (tmp_path / "out.txt").read_bytes() == b"not ours"


def test_probing_leaves_nothing(tmp_path: Path) -> None:
    folder.probe(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("nameless", [True, False], ids=["without a name", "from a draft"])
def test_a_file_is_created_whole_and_once_in_either_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: bool
) -> None:
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("this system has no files without a name")
    folder.create(tmp_path, "a.txt", b"one")
    with pytest.raises(Exists):
        folder.create(tmp_path, "a.txt", b"two")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.txt", b"one")]
