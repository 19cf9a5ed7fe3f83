"""Is what a store did not take delivered exactly once, in order, or put aside with its reason?"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from librarian import moment
from librarian.actors.image import Image
from librarian.chain import Step
from librarian.commit import Attempt, Commit
from librarian.record import PROVENANCE, Blob, Record, Stored
from librarian.spool import deliverer as delivering
from librarian.spool.entry import Entry
from librarian.stage import Failure
from librarian.uid import derive, mint
from tests.commit.test_commit import lost, record
from tests.process import wait_for
from tests.spool.line import Line, reason

KEYED = pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "without a key"])


def unlike(number: int) -> Record:
    return replace(record(b"%d" % number), uid=derive("test", str(number)))


@KEYED
@pytest.mark.parametrize("down", ["data", "mark", "both"])
def test_what_a_store_does_not_take_waits_and_is_delivered_once(
    tmp_path: Path, keyed: bool, down: str
) -> None:
    line, sent = Line(tmp_path), record(keyed=keyed)
    stores = {"data": [line.data], "mark": [line.mark], "both": []}[down]
    line.off(*stores)
    receipt = line.take(sent)
    assert (receipt.spooled, receipt.replayed, receipt.uid) == (True, False, sent.uid)
    assert line.bench.mark(sent.uid) is None
    assert line.ends() == ["waits"]
    line.on()
    assert line.ends() == ["delivered"]
    line.settle()
    line.assert_once(sent)
    whole = line.bench.mark(sent.uid)
    assert whole is not None
    assert whole[PROVENANCE]["received_at"] == receipt.received_at
    assert whole[PROVENANCE]["flags"] == [{"rule": "seen"}]
    assert whole[PROVENANCE]["config"] == "config"
    if keyed:
        again = line.take(sent)
        assert (again.replayed, again.spooled) == (True, False)
        assert (again.received_at, again.data) == (receipt.received_at, receipt.data)


@KEYED
@pytest.mark.parametrize("blind", [True, False])
def test_a_mark_of_which_nobody_knows_is_settled_by_delivery(
    tmp_path: Path, keyed: bool, blind: bool
) -> None:
    line, sent = Line(tmp_path), record(keyed=keyed)

    def unanswered(act: Callable[[], Stored]) -> Stored:
        line.mark.blind = blind
        return lost(act)

    line.mark.fault = unanswered
    receipt = line.take(sent)
    assert receipt.spooled == blind
    line.on()
    line.settle()
    assert line.ends() == (["delivered"] if blind else [])
    line.settle()
    line.assert_once(sent)


def test_the_journal_undoes_nothing_of_what_waits(tmp_path: Path) -> None:
    line, sent = Line(tmp_path), record()
    line.refuse_marks()
    line.take(sent)
    (name,) = line.spool.names()
    entry = line.spool.read(name)
    assert entry is not None
    assert len(line.bench.kept()) == 1, "delivery goes on from what was written"
    line.on()
    line.commit.abandon(entry.record, entry.attempt)  # as a worker killed just after it saved
    line.settle()
    assert len(line.bench.kept()) == 1
    assert line.ends() == ["delivered"]
    line.settle()
    line.assert_once(sent)


def test_always_goes_straight_to_the_spool(tmp_path: Path) -> None:
    line, sent = Line(tmp_path, {"when": "always"}), record()
    first = line.take(sent)
    assert first.spooled
    assert line.bench.kept() == {}
    again = line.take(sent)
    assert (again.replayed, again.spooled, again.received_at) == (True, True, first.received_at)
    assert line.ends() == ["delivered"]
    later = line.take(sent)
    assert (later.replayed, later.spooled, later.received_at) == (True, False, first.received_at)
    with pytest.raises(Failure) as failed:
        line.take(record(b"other"))
    assert failed.value.stage.slug == "key-reused"
    line.assert_once(sent)


def test_a_key_that_waits_is_answered_from_what_waits(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.off()
    first = line.take(record())
    again = line.take(record())
    assert (again.replayed, again.spooled, again.received_at) == (True, True, first.received_at)
    with pytest.raises(Failure) as failed:
        line.take(record(label="dog"))
    assert failed.value.stage.slug == "key-reused"
    assert len(line.spool.names()) == 1


def test_of_two_attempts_at_a_key_that_fail_together_one_waits(tmp_path: Path) -> None:
    one, two = Line(tmp_path), Line(tmp_path)
    for line in (one, two):
        line.refuse_marks()
    meanwhile: list[bool] = []

    def gate() -> None:
        if not meanwhile:
            meanwhile.append(True)
            two.take(record())

    one.data.gate = gate
    receipt = one.take(record())
    assert (receipt.replayed, receipt.spooled) == (True, True)
    one.on()
    two.on()
    assert one.ends() == ["delivered"]
    one.settle()
    one.assert_once(record())


def test_a_full_spool_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    line = Line(tmp_path, {"max_bytes": 10})
    line.refuse_marks()
    with pytest.raises(Failure) as failed:
        line.take(record())
    assert failed.value.stage.slug == "data-store"
    assert failed.value.problems[0].rule == "full"
    assert line.bench.kept() == {}
    assert not line.spool.names()


def test_a_spool_that_cannot_be_written_leaves_the_stores_own_failure(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.spool.waiting.parent.mkdir()
    line.spool.waiting.write_bytes(b"")
    line.refuse_marks()
    with pytest.raises(Failure) as failed:
        line.take(unlike(1))
    assert failed.value.stage.slug == "label-store"
    assert line.bench.kept() == {}


def test_records_are_delivered_in_order_and_the_line_waits_for_its_head(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.off()
    for number in range(4):
        line.spool.put(
            Entry(
                unlike(number),
                (),
                "c",
                Attempt(f"{number:08x}", moment.written(time.time() + number)),
            )
        )
    assert line.ends() == ["waits"], "those behind the head are not tried"
    line.on()
    names = line.spool.names()
    assert [name for name, _ in line.deliverer.round()] == names
    assert len(line.bench.kept()) == 4


def test_a_record_that_only_its_stores_refuse_holds_up_nobody(tmp_path: Path) -> None:
    line = Line(tmp_path)
    converting = Step(Image(str(tmp_path / "images"), convert="PNG"), "DATA_ACTOR_CONFIG[0]")
    commit = Commit.of([converting], [Step(line.mark, "LABEL_ACTOR_CONFIG[0]")])
    deliverer = delivering.Deliverer(line.spool, commit)
    broken = replace(unlike(1), data=(Blob("image", b"\xff\xd8\xff broken"),))
    for number, each in enumerate((broken, unlike(2))):
        at = moment.written(time.time() + number)
        line.spool.put(Entry(each, (), "c", Attempt(f"{number:08x}", at)))
    assert [end for _, end in deliverer.round()] == ["waits"]
    assert [end for _, end in deliverer.round()] == ["waits", "delivered"]
    assert [end for _, end in deliverer.round()] == [], "it stands aside"
    assert len(line.spool.names()) == 1


def test_a_duplicate_is_dropped_and_what_it_wrote_is_undone(tmp_path: Path) -> None:
    line, sent = Line(tmp_path), record()
    line.refuse_marks()
    line.take(sent)
    line.on()
    line.commit.store(sent, (), "another machine")
    assert len(line.bench.kept()) == 2
    assert line.ends() == ["duplicate"]
    line.settle()
    line.assert_once(sent)


def test_a_key_that_was_used_elsewhere_meanwhile_is_dead(tmp_path: Path) -> None:
    line, other = Line(tmp_path), record(b"other")
    line.refuse_marks()
    line.take(record())
    line.on()
    line.commit.store(other, (), "another machine")
    assert line.ends() == ["dead"]
    assert reason(line.spool) == ["key-reused"]
    line.settle()
    line.assert_once(other)


def test_a_damaged_record_is_dead_and_holds_up_nobody(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.off()
    line.take(unlike(1))
    (name,) = line.spool.names()
    path = line.spool.waiting / name
    path.write_bytes(path.read_bytes()[:-1])
    line.take(unlike(2))
    line.on()
    assert line.ends() == ["dead", "delivered"]
    assert reason(line.spool) == ["corrupt"]
    line.assert_once(unlike(2))


def test_a_record_that_no_store_took_in_time_is_dead_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    line, sent = Line(tmp_path, {"max_age": 60}), record(keyed=False)
    sent = replace(sent, uid=mint())
    line.off(line.mark)
    at = moment.written(time.time() - 61)
    line.spool.put(Entry(sent, (), "c", Attempt("", at)))
    assert line.ends() == ["dead"]
    assert reason(line.spool) == ["too-old"]
    line.on()
    line.settle()
    assert line.bench.kept() == {}, "what it wrote is undone"
    line.spool.retry(line.spool.buried()[0])
    assert line.ends() == ["delivered"]
    line.settle()
    line.assert_once(sent)


def test_an_old_record_is_delivered_if_its_stores_are_back(tmp_path: Path) -> None:
    line, sent = Line(tmp_path, {"max_age": 60}), record()
    line.spool.put(Entry(sent, (), "c", Attempt("00000001", moment.written(time.time() - 3600))))
    assert line.ends() == ["delivered"]
    line.assert_once(sent)


def test_a_dead_record_that_was_stored_after_all_is_not_stored_twice(tmp_path: Path) -> None:
    line, sent = Line(tmp_path), record()
    name = line.spool.put(Entry(sent, (), "c", Attempt("00000001", moment.now())))
    entry = line.spool.read(name)
    assert entry is not None
    assert line.commit.deliver(entry.record, entry.flags, entry.config, entry.attempt)
    line.spool.bury(name, "too-old", "")
    line.spool.retry(name)
    assert line.ends() == ["duplicate"]
    line.settle()
    line.assert_once(sent)


def test_a_bug_that_one_record_meets_holds_up_nobody(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.off()
    line.take(unlike(1))
    line.take(unlike(2))
    line.on()
    met: list[bool] = []

    def bug(act: Callable[[], Stored]) -> Stored:
        met.append(True)
        if len(met) < 3:
            raise KeyError("bug")
        return act()

    line.data.fault = bug
    assert line.ends() == ["waits"]
    assert line.ends() == ["waits", "delivered"]
    assert len(line.spool.names()) == 1


def test_pauses_double_up_to_the_longest_and_differ() -> None:
    for failures, longest in ((1, 0.5), (2, 1.0), (5, 8.0), (50, 30.0)):
        pauses = {delivering._pause(failures) for _ in range(50)}
        assert len(pauses) > 1
        assert all(longest / 2 <= pause <= longest for pause in pauses)


def test_a_thread_delivers_when_the_store_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "LONGEST", 0.05)
    line, sent = Line(tmp_path), record()
    line.off()
    line.take(sent)
    line.deliverer.start()
    try:
        line.on()
        until = time.monotonic() + 30
        while line.traces() and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        line.deliverer.stop()
    line.settle()
    line.assert_once(sent)


def test_the_thread_goes_on_after_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line, sent = Line(tmp_path), record()
    line.off()
    line.take(sent)
    line.on()
    mending, bugs = line.spool.mend, iter([RuntimeError("a bug")])

    def mend() -> None:
        for bug in bugs:
            raise bug
        mending()

    monkeypatch.setattr(line.spool, "mend", mend)
    line.deliverer.start()
    try:
        wait_for(lambda: not line.traces())
    finally:
        line.deliverer.stop()
    line.assert_once(sent)
