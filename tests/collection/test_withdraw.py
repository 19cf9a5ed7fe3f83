"""Is what was withdrawn gone for good, everywhere, and does only the trail tell of it?"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from librarian import uid
from librarian.actors.file import File
from librarian.actors.jsonl import Jsonl
from librarian.actors.sqlite import Sqlite
from librarian.chain import Step
from librarian.collection import Selection, Withdrawn
from librarian.commit import Commit
from librarian.commit.journal import Journal
from librarian.commit.trail import Trail
from librarian.outbox import Outbox
from librarian.record import PROVENANCE, Blob, Document, Record
from librarian.stage import Failure
from librarian.state import event
from tests.collection.conftest import AMENDING, FIXED, Bench, marks
from tests.contract import at_once

SECRET = "my own words"


@pytest.fixture(params=[*AMENDING, *FIXED, "moto"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Give a collection on each label store, S3 with conditional puts and without."""
    with marks(request.param, tmp_path, request) as mark:
        yield Bench(tmp_path, mark)


def raw(bench: Bench, own: str) -> Any:
    """Give what the label store has under a uid."""
    found = bench.mark.fetch(bench.mark.name_of(own, ".json"))
    return None if found is None else json.loads(found)


def block(bench: Bench) -> None:
    """Put something in the way of the folder of the data, so that nothing in it can be removed."""
    folder = Path(bench.data.directory)
    folder.rename(folder.with_name("away"))
    folder.write_text("in the way")


def unblock(bench: Bench) -> None:
    folder = Path(bench.data.directory)
    folder.unlink()
    folder.with_name("away").rename(folder)


def test_a_withdrawn_record_is_gone_everywhere_and_the_trail_outlives_it(bench: Bench) -> None:
    kept = bench.add({"text": "another"})
    own = bench.add({"text": SECRET}, contributor="a pseudonym")
    item = bench.entry(own).data[0]
    done = bench.collection.withdraw(own, by="contributor", reason="I changed my mind.")
    assert done == Withdrawn(own)
    assert bench.collection.get(own) is None
    assert [entry.uid for entry in bench.collection.select()] == [kept]
    assert [entry.uid for entry in bench.collection.select(newest_first=True)] == [kept]
    assert bench.collection.count() == 1
    assert [name[:24] for name in bench.files()] == [kept]
    assert [json.loads(each)["_id"] for each in bench.mark.scan()] == [kept]
    told = list(bench.collection.events(own))
    assert [(e.uid, e.what, e.by, e.before, e.reason) for e in told] == [
        (own, "withdrawn", "contributor", "received", "I changed my mind.")
    ]
    assert list(bench.collection.events()) == told
    assert list(bench.collection.events(kept)) == []
    stone = raw(bench, own)
    assert stone == {"_id": own, "uid": own, PROVENANCE: {"withdrawn_at": told[0].at}}
    left = json.dumps([stone, [each.told for each in told]])
    for word in (SECRET, "a pseudonym", item["sha256"], f"print {own}"):
        assert word not in left
    assert bench.journal.waiting() == 0


def test_to_withdraw_again_is_safe_and_what_never_was_is_told(bench: Bench) -> None:
    own = bench.add({"x": 1})
    assert bench.collection.withdraw(own, by="owner") == Withdrawn(own)
    assert bench.collection.withdraw(own, by="owner") == Withdrawn(own)
    assert bench.collection.withdraw(uid.mint(), by="owner") is None
    assert [e.uid for e in bench.collection.events()] == [own]


def test_what_was_withdrawn_does_not_come_back_under_its_key(bench: Bench) -> None:
    record = bench.record({"text": SECRET})
    bench.store(record)
    bench.collection.withdraw(record.uid, by="contributor")
    for _ in range(2):
        with pytest.raises(Failure) as caught:
            bench.store(record)
        assert (caught.value.stage.slug, caught.value.stage.status) == ("withdrawn", 410)
        assert not caught.value.retryable
    with pytest.raises(Failure) as caught:
        bench.commit.earlier(record)
    assert caught.value.stage.slug == "withdrawn"
    assert bench.collection.get(record.uid) is None
    assert bench.files() == []


def test_a_record_without_a_key_is_withdrawn_too(bench: Bench) -> None:
    own = bench.add({"x": 1}, keyed=False)
    assert bench.collection.withdraw(own, by="owner") == Withdrawn(own)
    assert bench.collection.get(own) is None
    assert bench.files() == []


def test_attempts_under_way_while_it_is_withdrawn_store_nothing(amending: Bench) -> None:
    record = amending.record({"x": 1})
    amending.store(record)
    calls: list[Any] = [partial(amending.store, record) for _ in range(6)]
    calls[3:3] = [partial(amending.collection.withdraw, record.uid, by="owner")] * 2
    results = at_once(calls)
    assert all(isinstance(each, Withdrawn) for each in results[3:5]), results
    for each in results[:3] + results[5:]:
        assert getattr(each, "replayed", False) or each.stage.slug == "withdrawn"
    amending.settle()
    assert amending.collection.get(record.uid) is None
    assert amending.files() == []
    assert [e.what for e in amending.collection.events(record.uid)] == ["withdrawn"]


def test_what_a_data_store_that_is_down_keeps_is_removed_when_it_is_back(bench: Bench) -> None:
    own = bench.add({"x": 1})
    block(bench)
    assert bench.collection.withdraw(own, by="owner") == Withdrawn(own, finished=False)
    assert bench.collection.get(own) is None
    assert list(bench.collection.select()) == []
    assert bench.collection.withdraw(own, by="owner") == Withdrawn(own, finished=False)
    bench.settle()
    unblock(bench)
    assert [name[:24] for name in bench.files()] == [own]
    Bench(bench.folder, bench.mark).settle()  # a new process does not leave the store alone
    assert bench.files() == []
    assert bench.journal.waiting() == 0
    assert bench.collection.withdraw(own, by="owner") == Withdrawn(own)
    assert [e.what for e in bench.collection.events(own)] == ["withdrawn"]


class Killed(BaseException):
    """The process dies here."""


def _die(*_: Any, **__: Any) -> None:
    raise Killed


@pytest.mark.parametrize("step", ["before the mark", "after the mark", "while data are removed"])
def test_a_withdrawal_that_was_killed_is_done_whole_or_not_at_all(
    bench: Bench, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = bench.add({"text": SECRET})
    with monkeypatch.context() as dying:
        if step == "before the mark":
            dying.setattr("librarian.commit.withdrawal.bury", _die)
        elif step == "after the mark":
            dying.setattr(Commit, "_forgotten", _die)
        else:
            dying.setattr(Commit, "_undo", _die)
        with pytest.raises(Killed):
            bench.collection.withdraw(own, by="owner")
    bench.settle()
    if step == "before the mark":
        assert bench.entry(own).labels == {"text": SECRET}
        assert len(bench.files()) == 1
        assert list(bench.collection.events()) == []
    else:
        assert bench.collection.get(own) is None
        assert bench.files() == []
        assert [e.what for e in bench.collection.events(own)] == ["withdrawn"]
        assert bench.journal.waiting() == 0


def test_a_store_that_cannot_amend_gets_its_tombstone_though_killed_between(
    fixed: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = fixed.record({"x": 1})
    fixed.store(record)
    with monkeypatch.context() as dying:
        dying.setattr(type(fixed.mark), "act", _die)
        with pytest.raises(Killed):
            fixed.collection.withdraw(record.uid, by="owner")
    assert raw(fixed, record.uid) is None
    fixed.settle()
    assert PROVENANCE in raw(fixed, record.uid)
    with pytest.raises(Failure) as caught:
        fixed.store(record)
    assert caught.value.stage.slug == "withdrawn"
    assert fixed.files() == []
    assert [e.what for e in fixed.collection.events(record.uid)] == ["withdrawn"]


@pytest.mark.parametrize("kind", ["json", "jsonl", "mongo"])
def test_a_tombstone_without_its_event_gets_it(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with marks(kind, tmp_path, request) as mark:
        bench = Bench(tmp_path, mark)
        own = bench.add({"x": 1})
        own_place, shared = "librarian.actors.mongo.Mongo._note", "librarian.disk.audit.note"
        with monkeypatch.context() as dying:
            dying.setattr(own_place if kind == "mongo" else shared, _die)
            with pytest.raises(Killed):
                bench.collection.withdraw(own, by="owner")
        assert list(bench.collection.events(own)) == []
        assert bench.collection.get(own) is None
        bench.settle()
        assert [(e.what, e.by) for e in bench.collection.events(own)] == [("withdrawn", "owner")]
        assert bench.files() == []


def test_where_the_label_store_is_down_the_record_stands_and_it_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Jsonl(str(tmp_path / "labels" / "all.jsonl")))
    own = bench.add({"x": 1})
    folder = tmp_path / "labels"
    folder.rename(tmp_path / "away")
    folder.write_text("in the way")
    with pytest.raises(Failure) as caught:
        bench.collection.withdraw(own, by="owner")
    assert (caught.value.stage.slug, caught.value.retryable) == ("label-store", True)
    folder.unlink()
    (tmp_path / "away").rename(folder)
    assert bench.entry(own).labels == {"x": 1}
    assert len(bench.files()) == 1
    assert bench.collection.withdraw(own, by="owner") == Withdrawn(own)


def test_every_store_of_a_record_forgets_it_and_another_kind_of_store_is_named(
    tmp_path: Path,
) -> None:
    first, second = File(str(tmp_path / "one")), File(str(tmp_path / "two"))
    rows, copy = Sqlite(str(tmp_path / "rows.sqlite")), Jsonl(str(tmp_path / "copy.jsonl"))
    mark = Sqlite(str(tmp_path / "labels.sqlite"))
    data = [
        Step(first, "DATA_ACTOR_CONFIG[0]", "image"),
        Step(second, "DATA_ACTOR_CONFIG[1]"),
        Step(rows, "DATA_ACTOR_CONFIG[2]", "answers"),
    ]
    labels = [Step(copy, "LABEL_ACTOR_CONFIG[0]"), Step(mark, "LABEL_ACTOR_CONFIG[1]")]
    told: dict[str, Any] = {"several": True, "journal": Journal(tmp_path / "journal")}
    outbox = Outbox(tmp_path / "outbox")
    commit = Commit.of(data, labels, outbox=outbox, **told)
    made = uid.mint()
    parts = (Blob("image", b"\xff\xd8\xffx"), Document("answers", {"a": 1}))
    commit.store(Record(made, Document("labels", {"x": 1}), parts, "print", keyed=True), (), "c")
    outbox.put("0" * 8, made, {"text": SECRET})
    assert sum(len(list(Path(f.directory).iterdir())) for f in (first, second)) == 3
    smaller = Commit.of(data[:2], labels, outbox=outbox, **told)
    done = smaller.withdraw(made, "owner")
    assert done == Withdrawn(made, True, ("sqlite",))
    assert not [path for f in (first, second) for path in Path(f.directory).iterdir()]
    assert copy.fetch(made) is None
    assert outbox.waiting() == []
    assert len(list(rows.names())) == 1  # its store is configured no more


@pytest.mark.parametrize("kind", ["sqlite", "mongo"])
def test_near_duplicates_are_not_found_among_what_was_withdrawn(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with marks(kind, tmp_path, request) as mark:
        bench = Bench(tmp_path, mark)
        own = bench.add({"x": 1})
        seen = bench.entry(own).data[0]["received_sha256"]
        asked = partial(mark.find, "image", "received_sha256", [seen])
        assert [found for found, _ in asked()] == [own]
        bench.collection.amend(own, "approved", by="owner")
        assert [found for found, _ in asked()] == [own]
        bench.collection.withdraw(own, by="owner")
        assert list(asked()) == []


def test_a_document_of_others_under_a_uid_is_left_alone(amending: Bench) -> None:
    own, foreign = uid.mint(), {"uid": "x", "note": "mine"}
    if amending.mark.name == "mongo":
        amending.mark._collection.insert_one({"_id": own, **foreign})
    else:
        amending.mark.act(own, Document("labels", {"_id": own, **foreign}))
    assert amending.collection.withdraw(own, by="owner") is None
    assert amending.collection.amend(own, "approved", by="owner") is None
    assert raw(amending, own) == {"_id": own, **foreign}


def test_a_torn_line_of_the_trail_is_passed_over_and_none_is_lost(tmp_path: Path) -> None:
    trail = Trail(tmp_path / "audit")
    assert list(trail.events()) == []
    first = event({"uid": "a", "what": "withdrawn", "at": "t", "by": "x"})
    second = event({"uid": "b", "what": "withdrawn", "at": "t", "by": "x", "reason": "a\nb"})
    trail.note(first)
    path = tmp_path / "audit" / "events.jsonl"
    with path.open("ab") as file:
        file.write(second.content[:20])  # the power failed here
    trail.note(second)
    trail.note(second)
    assert list(trail.events()) == [first, second]
    assert list(trail.events("b")) == [second]


def test_states_of_other_records_are_as_before(amending: Bench) -> None:
    made = [amending.add({"n": n}) for n in range(3)]
    amending.collection.amend(made[0], "approved", by="owner")
    amending.collection.withdraw(made[1], by="owner")
    found = {entry.uid: entry.state for entry in amending.collection.select(Selection())}
    assert found == {made[0]: "approved", made[2]: "received"}
