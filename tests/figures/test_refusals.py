"""Are refusals counted, by nobody's name, bounded, and never at a request's cost?"""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from librarian.figures import refusals
from librarian.figures.refusals import DIFFERENT, NAME, Refusals
from librarian.problem import Problem
from librarian.stage import DATA_VALIDATION, TYPE, Failure, StoreError
from tests.process import wait_for
from tests.threads import no_more


def failure(*rules: str) -> Failure:
    return Failure(TYPE, *(Problem(rule, "a secret of the sender") for rule in rules))


def test_a_refusal_is_counted_by_stage_slug_and_rule_alone(tmp_path: Path) -> None:
    counting = Refusals(tmp_path)
    both = Failure(
        TYPE,
        Problem("format", "no", (), TYPE.slug),
        Problem("sharp", "no", (), DATA_VALIDATION.slug),
    )
    counting.note(both)
    counting.note(failure("format"))
    counting.write()
    found = {each[1:]: count for each, count in Refusals(tmp_path).read()}
    assert found == {("type", "type", "format"): 2, ("data-validation", "type", "sharp"): 1}
    assert b"secret" not in (tmp_path / NAME).read_bytes()


def test_what_is_counted_is_written_soon_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "INTERVAL", 0.01)
    counting, other = Refusals(tmp_path), Refusals(tmp_path)
    for expected in (1, 2):
        counting.note(failure("format"))
        wait_for(lambda: [count for _, count in other.read()] == [expected])  # noqa: B023


def test_what_is_counted_while_no_thread_can_be_had_is_written_with_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "INTERVAL", 0.01)
    counting, other = Refusals(tmp_path), Refusals(tmp_path)
    with no_more():
        counting.note(failure("format"))
    assert other.read() == []
    counting.note(failure("format"))
    wait_for(lambda: [count for _, count in other.read()] == [2])


def test_what_ends_waits_for_the_write_that_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "INTERVAL", 0.01)
    counting, other = Refusals(tmp_path), Refusals(tmp_path)
    other.note(failure("format"))
    other.write()
    with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")  # so that its thread waits, having taken the count
        counting.note(failure("format"))
        wait_for(lambda: not counting._waiting.get().counts)
        ending = threading.Thread(target=counting.end)
        ending.start()
        ending.join(0.2)
        assert ending.is_alive()
        database.execute("ROLLBACK")
        ending.join(30)
        ((count,),) = database.execute("SELECT count FROM refusals")
    assert count == 2


def test_two_processes_add_to_the_same_counts(tmp_path: Path) -> None:
    one, other = Refusals(tmp_path), Refusals(tmp_path)
    for each in (one, other, one):
        each.note(failure("format"))
        each.write()
    ((_, count),) = other.read()
    assert count == 3


def test_rules_that_a_client_made_up_take_no_room(tmp_path: Path) -> None:
    counting = Refusals(tmp_path)
    for number in range(DIFFERENT * 2):
        counting.note(failure(f"rule-{number}"))
    counting.note(failure("<script>"))
    counting.write()
    for number in range(DIFFERENT * 2):
        counting.note(failure(f"later-{number}"))
    found = counting.read()
    assert sum(count for _, count in found) == DIFFERENT * 4 + 1
    assert len(found) <= DIFFERENT + 1
    assert all("<" not in each.rule for each, _ in found)


def test_what_is_old_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Refusals(tmp_path)
    counting.note(failure("format"))
    counting.write()
    monkeypatch.setattr(refusals, "KEPT", -7200)
    counting.note(failure("size"))
    assert counting.read() == []


def test_a_folder_that_cannot_be_written_fails_no_request_and_loses_no_count(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "own"
    folder.write_bytes(b"no folder")
    counting = Refusals(folder)
    counting.note(failure("format"))
    with pytest.raises(StoreError):
        counting.write()
    folder.unlink()
    ((_, count),) = counting.read()
    assert count == 1
