"""Is a day's salt one for all, kept over a restart, and gone on the next day?"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from librarian.privacy import salt
from librarian.privacy.salt import Salt
from librarian.stage import StoreError


def test_all_who_ask_at_once_get_the_same_salt(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: Salt(tmp_path).today(), range(32)))
    (one,) = found
    assert len(one) == 32


def test_nobody_else_on_the_machine_can_read_it(tmp_path: Path) -> None:
    Salt(tmp_path / "salts").today()
    assert (tmp_path / "salts").stat().st_mode & 0o077 == 0


def test_a_restart_keeps_the_salt_of_the_day(tmp_path: Path) -> None:
    before = Salt(tmp_path).today()
    again = Salt(tmp_path)
    again.forget()
    assert again.today() == before


def test_the_next_day_has_another_salt_and_the_old_one_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Salt(tmp_path)
    monkeypatch.setattr(salt, "_day", lambda: "20261124")
    before = mine.today()
    monkeypatch.setattr(salt, "_day", lambda: "20261125")
    assert mine.today() != before
    assert [path.name for path in tmp_path.iterdir()] == ["salt-20261125"]


def test_a_start_deletes_what_is_left_of_past_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salt, "_day", lambda: "20261124")
    Salt(tmp_path).today()
    (tmp_path / "somebody's own").touch()
    monkeypatch.setattr(salt, "_day", lambda: "20261126")
    Salt(tmp_path).forget()
    assert [path.name for path in tmp_path.iterdir()] == ["somebody's own"]


def test_a_damaged_salt_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salt, "_day", lambda: "20261124")
    (tmp_path / "salt-20261124").write_bytes(b"short")
    with pytest.raises(StoreError):
        Salt(tmp_path).today()


def test_where_there_never_was_a_salt_there_is_nothing_to_forget(tmp_path: Path) -> None:
    Salt(tmp_path / "none").forget()
    assert not (tmp_path / "none").exists()
