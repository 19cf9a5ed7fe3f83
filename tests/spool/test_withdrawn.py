"""Is what waits in the spool, or was put aside there, gone for good once it is withdrawn?"""

from dataclasses import replace
from pathlib import Path

import pytest

from librarian.actors.sqlite import Sqlite
from librarian.chain import Step
from librarian.collection import Collection
from librarian.commit import Withdrawn
from librarian.record import Document, Record
from librarian.stage import Failure, StoreError
from librarian.uid import derive
from tests.commit.test_commit import record
from tests.spool.line import Line, reason

SECRET = "my own words"
OWN = replace(record(), labels=Document("labels", {"text": SECRET}))


def left(folder: Path) -> list[Path]:
    """Find every file in which something of what was sent stands, but for SQLite's own log."""
    words = (SECRET.encode(), OWN.data[0].content)
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.endswith("-wal")
        and any(word in path.read_bytes() for word in words)
    ]


def dead(line: Line, sent: Record, why: str = "too-old") -> str:
    """Have an attempt that wrote its data put aside; give its name."""
    line.refuse_marks()
    line.take(sent)
    (name,) = [each for each in line.spool.names() if sent.uid in each]
    line.spool.bury(name, why, "")
    line.on()
    return name


def test_what_waits_is_gone_at_once_and_what_it_wrote_too(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.refuse_marks()
    line.take(OWN)
    assert len(left(tmp_path)) == 2, "in the spool and in the data store"
    line.on()
    assert line.commit.withdraw(OWN.uid, "contributor") == Withdrawn(OWN.uid)
    assert left(tmp_path) == []
    assert line.traces() == []
    assert line.spool.room.taken == 0
    assert line.ends() == []
    with pytest.raises(Failure) as caught:
        line.take(OWN)
    assert caught.value.stage.slug == "withdrawn"
    assert line.commit.withdraw(OWN.uid, "contributor") == Withdrawn(OWN.uid)


def test_the_trail_tells_of_it_and_of_nothing_that_was_never_sent(tmp_path: Path) -> None:
    line = Line(tmp_path)
    mark = Step(Sqlite(str(line.bench.labels)), "LABEL_ACTOR_CONFIG[0]")
    collection = Collection(commit := replace(line.commit, mark=mark), mark)
    assert commit.withdraw(OWN.uid, "contributor") is None
    dead(line, OWN)
    assert commit.withdraw(OWN.uid, "contributor") == Withdrawn(OWN.uid)
    (told,) = collection.events()
    assert (told.uid, told.what, told.before) == (OWN.uid, "withdrawn", "")
    assert list(collection.select()) == []


def test_what_was_put_aside_is_gone_too(tmp_path: Path) -> None:
    line = Line(tmp_path)
    dead(line, OWN)
    assert line.commit.withdraw(OWN.uid, "contributor") == Withdrawn(OWN.uid)
    assert left(tmp_path) == []
    assert (line.spool.buried(), list(line.spool.dead.iterdir())) == ([], [])
    assert line.spool.room.taken == 0


def test_an_attempt_put_aside_goes_with_the_record_that_another_stored(tmp_path: Path) -> None:
    line = Line(tmp_path)
    dead(line, OWN)
    line.commit.store(OWN, (), "another machine")
    assert line.commit.withdraw(OWN.uid, "owner") == Withdrawn(OWN.uid)
    assert left(tmp_path) == []
    assert line.spool.buried() == []


def test_one_of_another_uid_is_left_alone(tmp_path: Path) -> None:
    line, other = Line(tmp_path), replace(OWN, uid=derive("test", "another"))
    dead(line, OWN)
    kept = dead(line, other)
    line.commit.withdraw(OWN.uid, "owner")
    assert line.spool.buried() == [kept]
    line.spool.retry(kept)
    assert line.ends() == ["delivered"]


def test_a_damaged_one_goes_as_well(tmp_path: Path) -> None:
    line = Line(tmp_path)
    path = line.spool.dead / dead(line, OWN, "corrupt")
    path.write_bytes(path.read_bytes()[:-1])
    line.commit.store(OWN, (), "another machine")
    line.commit.withdraw(OWN.uid, "owner")
    assert line.spool.buried() == []


def test_one_that_is_being_delivered_is_removed_afterwards(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.refuse_marks()
    line.take(OWN)
    line.on()
    ends: list[Withdrawn | None] = []
    line.data.gate = lambda: ends.append(line.commit.withdraw(OWN.uid, "contributor"))
    (name,) = line.spool.names()
    assert line.deliverer.deliver(name) == "waits"
    assert ends == [Withdrawn(OWN.uid, finished=False)]
    line.data.gate = lambda: None
    line.settle()
    assert left(tmp_path) == []
    assert line.traces() == []
    assert not list(line.journal.left())


@pytest.mark.parametrize("keyed", [True, False])
def test_a_withdrawal_that_was_answered_as_failed_does_not_undo_what_is_delivered_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keyed: bool
) -> None:
    line, sent = Line(tmp_path), replace(record(keyed=keyed), labels=OWN.labels)
    line.refuse_marks()
    line.take(sent)
    with monkeypatch.context() as failing:
        failing.setattr("librarian.commit.withdrawal.bury", _unanswered)
        with pytest.raises(Failure):
            line.commit.withdraw(sent.uid, "contributor")
    line.on()
    line.settle()
    assert line.ends() == ["delivered"]
    line.settle()
    whole = line.bench.mark(sent.uid)
    assert whole is not None
    assert whole["text"] == SECRET
    assert list(line.bench.kept().values()) == [sent.data[0].content]
    assert line.commit.withdraw(sent.uid, "contributor") is not None
    line.settle()
    assert left(tmp_path) == []


def _unanswered(*_: object) -> bool:
    raise StoreError("it does not answer")


def test_what_is_dead_here_and_was_withdrawn_elsewhere_is_found(tmp_path: Path) -> None:
    here, there = Line(tmp_path), Line(tmp_path)
    dead(here, OWN)
    kept = dead(here, replace(OWN, uid=derive("test", "another")))
    there.commit = replace(there.commit, spool=None)
    there.commit.store(OWN, (), "another machine")
    there.commit.withdraw(OWN.uid, "owner")
    here.off()
    here.deliverer.sweep()
    assert len(here.spool.buried()) == 2, "the store does not answer"
    here.on()
    here.deliverer.sweep()
    assert here.spool.buried() == [kept]
    assert reason(here.spool) == ["too-old"]
