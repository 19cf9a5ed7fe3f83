"""Is a secret of this machine made once, whoever asks at one moment, and for its owner alone?"""

import multiprocessing
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from librarian.disk import private
from librarian.stage import StoreError


@pytest.fixture
def openly() -> Iterator[None]:
    """Let the process take nothing away from what a file allows."""
    before = os.umask(0)
    yield
    os.umask(before)


def chance() -> str:
    return secrets.token_urlsafe(32)


def ask(folder: Path) -> tuple[str, bool]:
    return private.made(folder, "secret", chance)


def test_all_threads_who_ask_at_once_get_the_same_and_one_made_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(tmp_path / "new" / "folder"), range(32)))
    assert len({text for text, _ in found}) == 1
    assert [made for _, made in found].count(True) == 1


def test_all_processes_who_ask_at_once_get_the_same_and_one_made_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=context) as pool:
        found = list(pool.map(ask, [tmp_path] * 12))
    assert len({text for text, _ in found}) == 1
    assert [made for _, made in found].count(True) == 1


def test_nobody_else_can_read_it_from_the_first_moment(tmp_path: Path, openly: None) -> None:
    ask(tmp_path)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_where_files_cannot_be_nameless_it_is_just_as_private(
    tmp_path: Path, openly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    text, _ = ask(tmp_path)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert private.read(tmp_path, "secret") == text


def test_a_restart_finds_it_and_without_it_another_is_made(tmp_path: Path) -> None:
    text, _ = ask(tmp_path)
    assert ask(tmp_path) == (text, False)
    (tmp_path / "secret").unlink()
    assert ask(tmp_path)[0] != text


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40, b"a" * 20 + b"\0" + b"a" * 20])
def test_a_damaged_one_is_none_and_stays_for_its_owner_to_see(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        ask(tmp_path)
    assert (tmp_path / "secret").read_bytes() == content


def test_where_nothing_can_be_written_the_fault_tells_no_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        ask(tmp_path / "file" / "folder")
    assert str(tmp_path) not in str(caught.value)
