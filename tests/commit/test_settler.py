"""Are the traces of attempts that could not end themselves cleared up, and only those?"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from librarian.actors.sqlite import Sqlite
from librarian.chain import Step
from librarian.commit import Commit
from librarian.commit import settler as settling
from librarian.commit.journal import Journal, Left
from librarian.commit.settler import Settler
from librarian.stage import Failure, StoreError
from tests.commit.test_commit import Bench, Watched, lost, record, refused
from tests.process import wait_for


def journalled(bench: Bench, folder: Path) -> tuple[Commit, Watched, Watched]:
    """Give a commit with a journal, whose attempts are old enough to be settled at once."""
    made, data, mark = bench.commit()
    commit = Commit.of(
        made.data, [made.mark] if made.mark else [], journal=Journal(folder), seconds=8.0
    )
    return commit, data, mark


def age(folder: Path) -> None:
    """Make every intent that is left an hour older."""
    for path in folder.glob("*.left"):
        text = path.read_text()
        stamp = text.split('"at":')[1].split(",")[0]
        path.write_text(text.replace(stamp, str(float(stamp) - 3600)))


def test_data_whose_undoing_failed_are_undone_later(tmp_path: Path) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, data, mark = journalled(bench, folder)
    mark.fault = refused
    data.broken_undo = True
    with pytest.raises(Failure):
        commit.store(record(), (), "c")
    assert len(bench.kept()) == 1
    data.broken_undo = False
    assert Settler(commit).settle() == 0, "it is too young"
    age(folder)
    assert Settler(commit).settle() == 1
    assert bench.kept() == {}
    assert Settler(commit).settle() == 0


def test_a_mark_whose_answer_was_lost_and_that_cannot_be_looked_for_is_settled_later(
    tmp_path: Path,
) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, _, mark = journalled(bench, folder)
    keyed = record()
    mark.fault = lost
    mark.blind = True
    with pytest.raises(Failure):
        commit.store(record(keyed=False), (), "c")
    mark.blind = False
    age(folder)
    assert Settler(commit).settle() == 1
    whole = bench.mark(keyed.uid)
    assert whole is not None, "the mark was written, so the record stands"
    assert set(bench.kept()) == {whole["_librarian"]["data"][0]["stored"][0]["name"]}


def test_while_the_mark_cannot_be_read_nothing_is_undone(tmp_path: Path) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, _, mark = journalled(bench, folder)
    mark.fault, mark.blind = lost, True
    with pytest.raises(Failure):
        commit.store(record(keyed=False), (), "c")
    age(folder)
    assert Settler(commit).settle() == 0
    assert len(bench.kept()) == 1
    assert commit.journal is not None
    assert commit.journal.waiting() == 1


def test_a_failed_attempt_is_undone_although_another_one_committed_the_key(
    tmp_path: Path,
) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, data, mark = journalled(bench, folder)
    mark.fault, data.broken_undo = refused, True
    with pytest.raises(Failure):
        commit.store(record(), (), "c")
    mark.fault, data.broken_undo = lambda act: act(), False
    receipt = commit.store(record(), (), "c")
    assert len(bench.kept()) == 2
    age(folder)
    assert Settler(commit).settle() == 1
    whole = bench.mark(receipt.uid)
    assert whole is not None
    assert set(bench.kept()) == {whole["_librarian"]["data"][0]["stored"][0]["name"]}


def test_a_store_that_is_configured_no_more_keeps_its_intents(tmp_path: Path) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, _, _ = journalled(bench, folder)
    assert commit.journal is not None
    intent: dict[str, Any] = {
        "uid": "a" * 24, "attempt": "", "at": time.time() - 3600,
        "writes": [["DATA_ACTOR_CONFIG[7]", "a" * 24]],
    }  # fmt: skip
    with commit.journal.noted(intent) as noted:
        noted["open"] = True
    assert Settler(commit).settle() == 0
    assert commit.journal.waiting() == 1


def test_a_refusal_leaves_no_intent(tmp_path: Path) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, data, _ = journalled(bench, folder)
    data.fault = refused
    with pytest.raises(Failure):
        commit.store(record(), (), "c")
    assert commit.journal is not None
    assert commit.journal.waiting() == 0


def test_data_that_come_after_they_were_undone_are_undone_again(tmp_path: Path) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, data, _ = journalled(bench, folder)
    late: list[Any] = []

    def stalls(act: Any) -> Any:
        late.append(act)
        raise StoreError("the answer did not come", unsure=True)

    data.fault = stalls
    with pytest.raises(Failure):
        commit.store(record(), (), "c")
    assert bench.kept() == {}
    late[0]()
    assert len(bench.kept()) == 1
    age(folder)
    assert Settler(commit).settle() == 1
    assert bench.kept() == {}


def test_a_young_attempt_is_first_looked_at_then_undone_then_undone_again(tmp_path: Path) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, data, mark = journalled(bench, folder)
    mark.fault, data.broken_undo = refused, True
    with pytest.raises(Failure):
        commit.store(record(), (), "c")
    data.broken_undo = False
    now = [time.time()]
    settler = Settler(commit, lambda: now[0])
    steps = []
    for _ in range(16):
        now[0] += 5
        steps.append((settler.settle(), len(bench.kept())))
    looked, undone = steps.index((0, 0)), steps.index((1, 0))
    assert steps[looked - 1] == (0, 1)
    assert looked >= 5, "twice as old as at the first look, which is after 13 seconds"
    assert undone == looked + 4, "and looked at again after twenty seconds"
    assert steps[undone + 1 :] == [(0, 0)] * (15 - undone)


def test_a_mark_that_comes_after_the_first_look_has_its_data(tmp_path: Path) -> None:
    bench, folder = Bench(tmp_path), tmp_path / "journal"
    commit, _, mark = journalled(bench, folder)
    late: list[Any] = []

    def stalls(act: Any) -> Any:
        late.append(act)
        raise StoreError("the answer did not come", unsure=True)

    mark.fault = stalls
    with pytest.raises(Failure):
        commit.store(record(), (), "c")
    now = [time.time() + 14]
    settler = Settler(commit, lambda: now[0])
    assert settler.settle() == 0
    late[0]()
    now[0] += 20
    assert settler.settle() == 1
    whole = bench.mark(record().uid)
    assert whole is not None
    assert set(bench.kept()) == {whole["_librarian"]["data"][0]["stored"][0]["name"]}


class Buggy(Watched):
    """A store that a bug meets under one uid."""

    uid = ""

    def fetch(self, name: str) -> bytes | None:
        if name == self.uid:
            raise RuntimeError("a bug")
        return super().fetch(name)


def test_what_a_bug_meets_holds_up_no_other_attempt_and_is_looked_at_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path / "journal")
    mark = Buggy(Sqlite(str(tmp_path / "labels.sqlite")))
    commit = Commit.of([], [Step(mark, "LABEL_ACTOR_CONFIG[0]")], journal=journal)
    now = [time.time()]
    for uid in ("a" * 24, "b" * 24):
        journal.leave({"uid": uid, "attempt": "", "at": now[0] - 3600, "writes": []})
    mark.uid = "a" * 24
    settler = Settler(commit, lambda: now[0])
    assert settler.settle() == 1
    assert [left.intent["uid"] for left in journal.left()] == ["a" * 24]
    assert caplog.text.count("RuntimeError: a bug") == 1
    mark.uid = ""
    assert settler.settle() == 0, "it rests"
    now[0] += 601
    assert settler.settle() == 1


class Unlucky(Journal):
    """A journal whose first look meets a bug."""

    bugs = 1

    def left(self) -> Iterator[Left]:
        if self.bugs:
            self.bugs -= 1
            raise RuntimeError("a bug")
        yield from super().left()


def test_the_settler_goes_on_after_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "INTERVAL", 0.01)
    journal = Unlucky(tmp_path / "journal")
    journal.leave({"uid": "a" * 24, "attempt": "", "at": time.time() - 3600, "writes": []})
    mark = Step(Sqlite(str(tmp_path / "labels.sqlite")), "LABEL_ACTOR_CONFIG[0]")
    settler = Settler(Commit.of([], [mark], journal=journal))
    settler.start()
    wait_for(lambda: journal.waiting() == 0)
    settler.stop()
    assert journal.bugs == 0
