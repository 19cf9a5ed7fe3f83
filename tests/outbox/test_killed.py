"""Is every record that stands told of, wherever the process that stored it was killed?"""

from pathlib import Path

import pytest

from librarian.stage import Failure
from tests.spool.killed import SENT, UNKEYED
from tests.spool.line import Line
from tests.spool.test_killed import begun_again, folders, quick

__all__ = ["quick"]


def test_a_record_stands_and_waits_to_be_told_or_neither(quick: Path) -> None:
    stood = 0
    for folder in folders("store", quick):
        line = begun_again(folder, "store")
        if line.bench.mark(SENT.uid) is None:
            assert line.outbox.waiting() == []
            assert line.bench.kept() == {}
        else:
            stood += 1
            line.assert_once(SENT)
            line.assert_told(SENT)
    assert stood > 3, "there are steps between the mark and the end"


def test_an_outbox_that_takes_nothing_changes_no_answer_and_is_told_later(tmp_path: Path) -> None:
    line = Line(tmp_path)
    (tmp_path / "outbox").write_text("a file, where the folder should be")
    assert line.commit.store(SENT, (), "c").uid == SENT.uid
    line.settle()
    assert len(list(line.journal.left())) == 1
    (tmp_path / "outbox").unlink()
    line.settle()
    line.assert_once(SENT)
    line.assert_told(SENT)


def test_a_delivery_from_the_spool_ends_only_when_it_waits_to_be_told(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.refuse_marks()
    assert line.take(SENT).spooled
    line.on()
    (tmp_path / "outbox").write_text("a file, where the folder should be")
    assert line.ends() == ["waits"]
    assert line.bench.mark(SENT.uid) is not None
    (tmp_path / "outbox").unlink()
    assert line.ends() == ["delivered"]
    line.assert_once(SENT)
    line.assert_told(SENT)


def test_what_is_replayed_or_refused_is_not_told(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.commit.store(SENT, (), "c")
    (delivery,) = line.outbox.waiting()
    line.outbox.remove(delivery)
    assert line.commit.store(SENT, (), "c").replayed
    line.refuse_marks()
    with pytest.raises(Failure):
        line.commit.store(UNKEYED, (), "c")
    assert line.outbox.waiting() == []
