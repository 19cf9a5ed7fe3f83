"""Does a record of an earlier label store, imported beside a new one, keep what it has there?"""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from librarian import moment
from librarian.actors.file import File
from librarian.actors.image import Image
from librarian.actors.jsonl import Jsonl
from librarian.actors.sqlite import Sqlite
from librarian.chain import Step
from librarian.commit import Attempt, Commit
from librarian.commit.journal import Journal
from librarian.record import PROVENANCE, Record
from librarian.stage import Failure
from tests.commit.test_commit import Watched, record

NAMES = ("image", "file", "sqlite", "jsonl")
LONG_AGO = Attempt("", "2026-01-02T03:04:05.678Z")


class Killed(BaseException):
    """What ends a process in its midst, as far as the stores can tell."""


class Moved:
    """A folder with two old stores, and two new ones beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.journal = folder, Journal(folder / "journal")
        self.images, self.files = Image(str(folder / "images")), File(str(folder / "files"))
        self.old, self.new = Sqlite(str(folder / "old")), Jsonl(str(folder / "new"))

    def before(self) -> Commit:
        steps = [Step(self.images, "d0")], [Step(self.old, "l0")]
        return Commit.of(*steps, journal=self.journal)

    def after(self, gate: Callable[[], None] = lambda: None) -> Commit:
        data = [Step(Watched(self.images, gate), "d0"), Step(Watched(self.files, gate), "d1")]
        labels = [Step(Watched(self.old, gate), "l0"), Step(Watched(self.new, gate), "l1")]
        return Commit.of(data, labels, journal=self.journal)

    def kept(self) -> dict[str, list[str]]:
        return {
            "image": [name for name, _ in self.images.names()],
            "file": [name for name, _ in self.files.names()],
            "sqlite": [name for name, _ in self.old.names()],
            "jsonl": [name for name, _ in self.new.names()],
        }


def imported(earlier: Record) -> Record:
    return replace(earlier, keyed=True, sender={"imported": {"received_at": moment.now()}})


@pytest.mark.parametrize("keyed", [False, True])
def test_a_withdrawal_leaves_nothing_of_what_was_imported_beside_an_older_store(
    tmp_path: Path, *, keyed: bool
) -> None:
    moved, made = Moved(tmp_path), record(keyed=keyed)
    attempt = replace(LONG_AGO, token="0123abcd" if keyed else "")
    moved.before().store(made, (), "c", attempt)
    (name,) = moved.kept()["image"]
    commit = moved.after()
    assert commit.store(imported(made), (), "c").received_at == LONG_AGO.received_at
    assert moved.kept() == dict(zip(NAMES, ([name], [name], [made.uid], [made.uid]), strict=True))
    whole: Any = json.loads(moved.new.fetch(made.uid) or b"")
    (item,) = whole[PROVENANCE]["data"]
    assert item["stored"] == [{"actor": each, "name": name} for each in ("image", "file")]
    withdrawn = commit.withdraw(made.uid, "owner")
    assert withdrawn is not None
    assert withdrawn.finished
    assert not any(moved.kept().values())


def test_an_import_that_is_killed_at_any_call_loses_nothing_and_goes_on(tmp_path: Path) -> None:
    for last in itertools.count():
        moved, made = Moved(tmp_path / str(last)), record(keyed=False)
        moved.before().store(made, (), "c", LONG_AGO)
        before = moved.kept(), moved.old.fetch(made.uid)
        calls = itertools.count()

        def gate(calls: Any = calls, last: int = last) -> None:
            if next(calls) == last:
                raise Killed

        try:
            moved.after(gate).store(imported(made), (), "c")
        except Killed:
            assert (moved.kept()["image"], moved.old.fetch(made.uid)) == (
                before[0]["image"],
                before[1],
            )
            moved.after().store(imported(made), (), "c")
        else:
            break
        name = before[0]["image"]
        assert moved.kept() == dict(zip(NAMES, (name, name, [made.uid], [made.uid]), strict=True))
    assert last > 4


def test_what_waited_in_the_spool_is_adopted_as_well(tmp_path: Path) -> None:
    moved, made = Moved(tmp_path), record(keyed=False)
    moved.before().store(made, (), "c", LONG_AGO)
    (name,) = moved.kept()["image"]
    commit, waited = moved.after(), Attempt("89abcdef", moment.now())
    moved.files.act(f"{made.uid}-89abcdef", made.data[0])
    assert not commit.deliver(imported(made), (), "c", waited)
    commit.abandon(imported(made), waited)
    (left,) = moved.journal.left()
    assert commit.settle(left.intent) == "undone"
    assert moved.kept() == dict(zip(NAMES, ([name], [name], [made.uid], [made.uid]), strict=True))


def test_what_may_be_under_way_elsewhere_is_not_imported_yet(tmp_path: Path) -> None:
    moved, made = Moved(tmp_path), record(keyed=True)
    moved.before().store(made, (), "c")
    before = moved.kept()
    with pytest.raises(Failure) as failed:
        moved.after().store(imported(made), (), "c")
    assert failed.value.retryable
    assert moved.kept() == before


def test_what_the_journal_is_to_undo_is_not_relied_on(tmp_path: Path) -> None:
    moved, made = Moved(tmp_path), record(keyed=True)
    attempt = replace(LONG_AGO, token="0123abcd")
    before = moved.before()
    before.store(made, (), "c", attempt)
    intent = before.intent(made, attempt, before.deposits(made, attempt))
    moved.journal.leave(intent)
    commit = moved.after()
    commit.store(imported(made), (), "c")
    assert commit.settle(intent) == "undone"
    (name,) = moved.kept()["image"]
    assert name == moved.kept()["file"][0]
    assert "0123abcd" not in name
