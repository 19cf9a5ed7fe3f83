"""Is one record stored exactly once, whatever two attempts at it do, in whatever order?

The stores are real (files and SQLite); what is forced is the order of their calls, and faults.
"""

import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from librarian.actors.file import File
from librarian.actors.jsonl import Jsonl
from librarian.actors.sqlite import Sqlite
from librarian.actors.webhook import Webhook
from librarian.chain import Step
from librarian.commit import Attempt, Commit
from librarian.commit.journal import Journal
from librarian.outbox import Outbox
from librarian.reading import fingerprint
from librarian.record import LABELS, PROVENANCE, Blob, Deposit, Document, Receipt, Record, Stored
from librarian.stage import Failure, StoreError
from librarian.uid import derive, mint

Gate = Callable[[], None]


class Watched:
    """A real store whose every call waits at a gate first, and may be made to fail."""

    def __init__(self, store: Any, gate: Gate = lambda: None) -> None:
        self.store, self.gate, self.name = store, gate, store.name
        self.fault: Callable[[Callable[[], Stored]], Stored] = lambda act: act()
        self.broken_undo = False
        self.blind = False

    def act(self, key: str, part: Any) -> Stored:
        self.gate()
        return self.fault(lambda: self.store.act(key, part))

    def run(self, deposit: Deposit) -> Iterator[Stored]:
        yield self.act(deposit.key, deposit.part)

    def name_of(self, key: str, extension: str) -> str:
        name: str = self.store.name_of(key, extension)
        return name

    def undo(self, stored: Stored) -> None:
        self.gate()
        if self.broken_undo:
            raise StoreError("the store does not undo")
        self.store.undo(stored)

    def fetch(self, name: str) -> bytes | None:
        self.gate()
        if self.blind:
            raise StoreError("the store cannot be read")
        found: bytes | None = self.store.fetch(name)
        return found


class Bench:
    """A folder with both stores, and commits over them."""

    def __init__(self, folder: Path) -> None:
        self.files, self.labels = folder / "data", folder / "labels.sqlite"

    def commit(self, gate: Gate = lambda: None) -> tuple[Commit, Watched, Watched]:
        data, mark = Watched(File(str(self.files)), gate), Watched(Sqlite(str(self.labels)), gate)
        steps = [Step(data, "DATA_ACTOR_CONFIG[0]")], [Step(mark, "LABEL_ACTOR_CONFIG[0]")]
        return Commit.of(*steps, several=False), data, mark

    def kept(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.files.glob("*") if path.is_file()}

    def mark(self, uid: str) -> dict[str, Any] | None:
        found = Sqlite(str(self.labels)).fetch(uid)
        return None if found is None else json.loads(found)


def record(content: bytes = b"one", label: str = "cat", *, keyed: bool = True) -> Record:
    data = (Blob("image", content),)
    labels = Document(LABELS, {"label": label})
    return Record(derive("key", "k" * 16), labels, data, fingerprint(data, labels), keyed=keyed)


class Turns:
    """Two attempts take turns, call by call, in an order given beforehand."""

    def __init__(self, order: Sequence[int]) -> None:
        self.order = order
        self.go = (threading.Semaphore(0), threading.Semaphore(0))
        self.back = threading.Semaphore(0)
        self.over = [False, False]

    def gate(self, me: int) -> Gate:
        def wait() -> None:
            self.back.release()
            self.go[me].acquire()

        return wait

    def run(self, attempts: Sequence[Callable[[], Any]]) -> list[Any]:
        answers: list[Any] = [None, None]

        def attempt(me: int) -> None:
            try:
                answers[me] = attempts[me]()
            except Failure as failure:
                answers[me] = failure
            finally:
                self.over[me] = True
                self.back.release()

        threads = [threading.Thread(target=attempt, args=(me,), daemon=True) for me in (0, 1)]
        for thread in threads:
            thread.start()
            assert self.back.acquire(timeout=10)
        for me in itertools.chain(self.order, itertools.cycle((0, 1))):
            if all(self.over):
                break
            if not self.over[me]:
                self.go[me].release()
                assert self.back.acquire(timeout=10)
        for thread in threads:
            thread.join(timeout=10)
        return answers


ORDERS = tuple(itertools.product((0, 1), repeat=6))
"""Every order of the first six calls; after them the two alternate."""


def lost(act: Callable[[], Stored]) -> Stored:
    act()
    raise StoreError("the answer was lost", unsure=True)


def refused(_: Callable[[], Stored]) -> Stored:
    raise StoreError("the store refuses")


Fault = tuple[str, Callable[[Callable[[], Stored]], Stored]]
FAULTS: dict[str, Fault | None] = {
    "none": None,
    "the first one's data are refused": ("data", refused),
    "the answer to the first one's data is lost": ("data", lost),
    "the first one's mark is refused": ("mark", refused),
    "the answer to the first one's mark is lost": ("mark", lost),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("same", [True, False], ids=["the same content", "other content"])
def test_two_attempts_at_one_key_never_harm_each_other(
    tmp_path: Path, fault: str, same: bool
) -> None:
    for number, order in enumerate(ORDERS):
        race(Bench(tmp_path / str(number)), order, FAULTS[fault], same=same)


def race(bench: Bench, order: Sequence[int], fault: Fault | None, *, same: bool) -> None:
    """Let two attempts at one key run in one order, and look what they left."""
    turns = Turns(order)
    records = record(b"one"), record(b"one" if same else b"two")
    first, data, mark = bench.commit(turns.gate(0))
    second, _, _ = bench.commit(turns.gate(1))
    if fault is not None:
        (data if fault[0] == "data" else mark).fault = fault[1]
    answers = turns.run(
        [lambda: first.store(records[0], (), "c"), lambda: second.store(records[1], (), "c")]
    )
    whole = bench.mark(records[0].uid)
    stored = [answer for answer in answers if isinstance(answer, Receipt)]
    assert stored, (order, answers)
    assert whole is not None, order
    (place,) = whole[PROVENANCE]["data"][0]["stored"]
    won = whole[PROVENANCE]["fingerprint"]
    winner = next(each for each in records if each.fingerprint == won)
    assert bench.kept() == {place["name"]: winner.data[0].content}, (order, answers)
    if same:
        assert {each.received_at for each in stored} == {whole[PROVENANCE]["received_at"]}
    else:
        failed = [answer.stage.slug for answer in answers if isinstance(answer, Failure)]
        assert len(stored) == len(failed) == 1
        assert failed[0] in ("key-reused", "data-store", "label-store")


def test_a_refused_mark_takes_the_data_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    commit, _, mark = bench.commit()
    mark.fault = refused
    with pytest.raises(Failure) as failed:
        commit.store(record(keyed=False), (), "c")
    assert failed.value.stage.slug == "label-store"
    assert bench.kept() == {}


@pytest.mark.parametrize("keyed", [False, True])
def test_what_stands_under_the_uid_and_is_no_record_never_passes_for_a_success(
    tmp_path: Path, *, keyed: bool
) -> None:
    bench, journal = Bench(tmp_path), Journal(tmp_path / "journal")
    made, store = record(keyed=keyed), Sqlite(str(bench.labels))
    for key in (made.uid, "of-another"):
        store.act(key, Document("answers", {"kept": key}))
    before = [store.fetch(key) for key in (made.uid, "of-another")]
    data, mark = Step(File(str(bench.files)), "d"), Step(store, "mark")
    copy = Step(Jsonl(str(tmp_path / "copy.jsonl")), "copy")
    commit = Commit.of([data], [copy, mark], journal=journal)
    other = Commit.of([data], [mark, Step(Sqlite(str(tmp_path / "m")), "m")], journal=journal)
    for each in (commit, other) if keyed else (commit,):
        with pytest.raises(Failure) as failed:
            each.store(made, (), "c")
        assert (failed.value.stage.slug, failed.value.problems[0].rule) == (
            "label-store",
            "unavailable",
        )
    assert [store.fetch(key) for key in (made.uid, "of-another")] == before
    assert bench.kept() == {}
    assert not journal.waiting()
    assert commit.settle(commit.intent(made, Attempt("", ""), [])) == "undone"
    assert commit.withdraw(made.uid, "owner") is None


@pytest.mark.parametrize("kind", [Sqlite, Jsonl])
def test_of_data_and_labels_under_one_name_both_are_undone(tmp_path: Path, kind: Any) -> None:
    store, journal = kind(str(tmp_path / "kept")), Journal(tmp_path / "journal")
    steps = [Step(store, "DATA_ACTOR_CONFIG[0]")], [Step(store, "LABEL_ACTOR_CONFIG[0]")]
    commit = Commit.of(*steps, journal=journal)
    answers = (Document("answers", {"q1": "yes"}),)
    labels = Document(LABELS, {"age": 4})
    made = Record(mint(), labels, answers, fingerprint(answers, labels))
    with pytest.raises(Failure) as failed:
        commit.store(made, (), "c")
    assert failed.value.stage.slug == "label-store"
    assert store.fetch(made.uid) is None
    assert not journal.waiting()


def test_what_cannot_be_noted_in_the_journal_is_not_begun(tmp_path: Path) -> None:
    bench, place = Bench(tmp_path), tmp_path / "journal"
    steps = [Step(File(str(bench.files)), "a")], [Step(Sqlite(str(bench.labels)), "b")]
    commit = Commit.of(*steps, journal=Journal(place))
    place.write_text("no folder")
    with pytest.raises(Failure) as failed:
        commit.store(record(), (), "c")
    assert (failed.value.stage.slug, failed.value.retryable) == ("data-store", True)
    assert bench.kept() == {}
    assert bench.mark(record().uid) is None
    place.unlink()
    receipt = commit.store(record(), (), "c")
    place.rename(tmp_path / "away")
    other = Commit.of(*steps, journal=Journal(place))
    place.write_text("no folder")
    with pytest.raises(Failure) as failed:
        other.withdraw(receipt.uid, "owner")
    assert failed.value.stage.slug == "label-store"
    assert bench.mark(receipt.uid) is not None


class Late:
    """What acts on stored records and cannot undo, and fails."""

    name = "late"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def act(self, key: str, part: Any) -> Stored:
        raise self.error


@pytest.mark.parametrize("error", [StoreError("down"), OSError("no pipe"), RuntimeError("a bug")])
def test_what_acts_after_the_mark_changes_no_answer_whatever_it_raises(
    tmp_path: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path)
    made, _, mark = bench.commit()
    late = Step(Late(error), "LABEL_ACTOR_CONFIG[1]")
    commit = Commit.of(made.data, [Step(mark, "LABEL_ACTOR_CONFIG[0]"), late])
    receipt = commit.store(record(), (), "c")
    assert not receipt.replayed
    assert bench.mark(receipt.uid) is not None
    assert "LABEL_ACTOR_CONFIG[1]" in caplog.text


class Unwritable(Outbox):
    """An outbox that a bug meets."""

    def put(self, outlet: str, uid: str, label: Mapping[str, Any]) -> None:
        raise RuntimeError("a bug")


def test_a_bug_of_the_outbox_changes_no_answer_and_the_journal_keeps_what_is_still_to_be_told(
    tmp_path: Path,
) -> None:
    bench, journal = Bench(tmp_path), Journal(tmp_path / "journal")
    made, _, mark = bench.commit()
    url, secret = SecretStr("http://127.0.0.1:9/"), SecretStr(f"whsec_{'k' * 32}")
    hook = Step(Webhook(url, secret), "LABEL_ACTOR_CONFIG[1]")
    steps = made.data, [Step(mark, "LABEL_ACTOR_CONFIG[0]"), hook]
    outbox = tmp_path / "outbox"
    commit = Commit.of(*steps, journal=journal, outbox=Unwritable(outbox))
    receipt = commit.store(record(), (), "c")
    assert bench.mark(receipt.uid) is not None
    (left,) = journal.left()
    mended = Commit.of(*steps, journal=journal, outbox=Outbox(outbox))
    assert mended.settle(left.intent) == "stands"
    assert [each.uid for each in Outbox(outbox).waiting()] == [receipt.uid]


class Away(Outbox):
    """An outbox that cannot be written, and takes the journal's folder with it: one disk."""

    journal: Path

    def put(self, outlet: str, uid: str, label: Mapping[str, Any]) -> None:
        self.journal.rename(self.journal.with_name("away"))
        raise StoreError("no disk")


def test_a_record_that_stands_is_answered_so_although_the_journal_cannot_note_what_is_open(
    tmp_path: Path,
) -> None:
    bench, place = Bench(tmp_path), tmp_path / "journal"
    made, _, mark = bench.commit()
    url, secret = SecretStr("http://127.0.0.1:9/"), SecretStr(f"whsec_{'k' * 32}")
    hook = Step(Webhook(url, secret), "LABEL_ACTOR_CONFIG[1]")
    steps, journal = (made.data, [Step(mark, "LABEL_ACTOR_CONFIG[0]"), hook]), Journal(place)
    outbox = Away(tmp_path / "outbox")
    outbox.journal = place
    commit = Commit.of(*steps, journal=journal, outbox=outbox)
    receipt = commit.store(record(), (), "c")
    assert bench.mark(receipt.uid) is not None
    (tmp_path / "away").rename(place)
    journal.leave_late()
    assert [left.intent["uid"] for left in journal.left()] == [receipt.uid]


def test_a_failure_stays_the_same_although_the_journal_cannot_note_what_is_open(
    tmp_path: Path,
) -> None:
    bench, place = Bench(tmp_path), tmp_path / "journal"
    made, data, mark = bench.commit()
    assert made.mark is not None
    commit = Commit.of(made.data, [made.mark], journal=Journal(place))

    def away(act: Callable[[], Stored]) -> Stored:
        place.rename(tmp_path / "away")
        return refused(act)

    mark.fault, data.broken_undo = away, True
    with pytest.raises(Failure) as failed:
        commit.store(record(), (), "c")
    assert failed.value.stage.slug == "label-store"
    assert len(bench.kept()) == 1
    (tmp_path / "away").rename(place)
    data.broken_undo = False
    assert commit.journal is not None
    commit.journal.leave_late()
    (left,) = commit.journal.left()
    assert commit.settle(left.intent) == "undone"
    assert bench.kept() == {}


def test_a_mark_whose_answer_was_lost_is_looked_for_before_anything_is_undone(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    commit, _, mark = bench.commit()
    mark.fault = lost
    receipt = commit.store(record(keyed=False), (), "c")
    assert receipt.replayed is False
    assert bench.mark(receipt.uid) is not None
    assert len(bench.kept()) == 1


def test_several_label_stores_all_hold_the_record_and_the_last_is_the_mark(tmp_path: Path) -> None:
    data = Step(File(str(tmp_path / "data")), "d")
    stores = [Sqlite(str(tmp_path / name)) for name in ("one.sqlite", "two.sqlite")]
    commit = Commit.of([data], [Step(store, store.path) for store in stores], several=False)
    receipt = commit.store(record(), (), "c")
    assert commit.mark is not None
    assert commit.mark.component is stores[1]
    assert stores[0].fetch(receipt.uid) == stores[1].fetch(receipt.uid)
    assert commit.store(record(), (), "c").replayed


def test_a_copy_left_by_a_failed_attempt_is_replaced_by_the_next(tmp_path: Path) -> None:
    data = Step(File(str(tmp_path / "data")), "d")
    copy, mark = Sqlite(str(tmp_path / "one.sqlite")), Watched(Sqlite(str(tmp_path / "two.sqlite")))
    commit = Commit.of([data], [Step(copy, "copy"), Step(mark, "mark")], several=False)
    mark.fault = refused
    with pytest.raises(Failure):
        commit.store(record(label="cat"), (), "c")
    mark.fault = lambda act: act()
    receipt = commit.store(record(label="dog"), (), "c")
    kept = json.loads(copy.fetch(receipt.uid) or b"null")
    assert kept["label"] == "dog"
    assert len(list((tmp_path / "data").iterdir())) == 1
