"""Are records kept in order, within bounds, one for each uid, and put aside with their reason?"""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from librarian import moment
from librarian.commit import Attempt
from librarian.record import Record
from librarian.spool import Corrupt, Full, Spool, Taken, room, uid_of
from librarian.spool.entry import Entry, written
from librarian.stage import StoreError
from librarian.uid import derive
from tests.commit.test_commit import record
from tests.spool.line import as_json, spool_of


def entry(number: int, *, seconds: float | None = None, content: bytes = b"one") -> Entry:
    of: Record = replace(record(content), uid=derive("test", str(number)))
    at = moment.written(time.time() if seconds is None else seconds)
    return Entry(of, (), "config", Attempt(f"{number:08x}", at))


def size(number: int) -> int:
    return len(written(entry(number)))


def test_records_wait_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    names = {number: spool.put(entry(number, seconds=1000.0 + number)) for number in (3, 1, 2)}
    assert spool.names() == [names[1], names[2], names[3]]
    assert [uid_of(name) for name in spool.names()] == [entry(n).record.uid for n in (1, 2, 3)]


def test_an_empty_spool_has_nothing(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    assert spool.names() == spool.buried() == []
    assert spool.find("a" * 24) is None
    assert not spool.holds("a" * 24)
    assert spool.read("1" * 13 + "-" + "a" * 24 + "-00000000.rec") is None


def test_what_waits_is_found_by_its_uid_in_every_process(tmp_path: Path) -> None:
    put = entry(1)
    spool_of(tmp_path).put(put)
    found = spool_of(tmp_path).find(put.record.uid)
    assert found is not None
    assert found.record.data[0].content == b"one"
    assert found.attempt == put.attempt


def test_a_uid_waits_once(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    name = spool.put(entry(1))
    with pytest.raises(Taken):
        spool.put(replace(entry(1), attempt=Attempt("ffffffff", moment.now())))
    assert spool.names() == [name]
    spool.remove(name)
    assert not spool.holds(uid_of(name))
    spool.put(entry(1))


def test_a_trace_that_leads_to_nothing_is_none(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    name = spool.put(entry(1))
    (spool.waiting / name).unlink()
    assert not spool.holds(uid_of(name))
    spool.put(entry(1))
    assert spool.holds(uid_of(name))


def test_a_full_spool_takes_nothing_until_there_is_room(tmp_path: Path) -> None:
    spool = spool_of(tmp_path, max_bytes=2 * size(1))
    first, _ = spool.put(entry(1)), spool.put(entry(2))
    assert not spool.takes()
    with pytest.raises(Full):
        spool.put(entry(3))
    assert len(spool.names()) == 2
    assert not spool.holds(entry(3).record.uid)
    spool.remove(first)
    assert spool.takes()
    spool.put(entry(3))


def test_dead_records_take_room_too(tmp_path: Path) -> None:
    spool = spool_of(tmp_path, max_bytes=size(1))
    name = spool.put(entry(1))
    spool.bury(name, "corrupt", "said")
    with pytest.raises(Full):
        spool.put(entry(2))
    spool.clear(name)
    assert spool.room.taken == 0
    assert not list(spool.dead.iterdir())
    spool.put(entry(2))


def test_what_killed_processes_left_is_set_right(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    name = spool.put(entry(1))
    spool.room.set(10**9)
    (spool._uids / entry(1).record.uid).unlink()
    (spool._uids / entry(2).record.uid).symlink_to("gone.rec")
    spool.mend()
    assert spool.room.taken == (spool.waiting / name).stat().st_size
    assert [path.name for path in spool._uids.iterdir()] == [uid_of(name)]
    assert spool.holds(uid_of(name))


def test_a_record_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = spool_of(tmp_path)
    spool.waiting.parent.mkdir()
    spool.waiting.write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreError):
        spool.put(entry(1))
    assert spool.room.taken == 0
    assert not spool.takes()
    assert not list(spool._uids.iterdir())


def test_foreign_files_and_drafts_are_left_alone(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    name = spool.put(entry(1))
    (spool.waiting / "notes.txt").write_text("mine")
    (spool.waiting / f".{name}.0123").write_bytes(b"half a rec")
    assert spool.names() == [name]
    spool.mend()
    assert (spool.waiting / "notes.txt").read_text() == "mine"


def test_a_dead_record_is_put_aside_with_its_reason(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    name = spool.put(entry(1))
    spool.bury(name, "key-reused", "This key was used before.")
    assert (spool.names(), spool.buried()) == ([], [name])
    told = as_json(spool.dead / name.replace(".rec", ".reason.json"))
    assert (told["reason"], told["said"]) == ("key-reused", "This key was used before.")
    assert moment.seconds(told["at"]) is not None
    assert not spool.holds(uid_of(name))


def test_a_dead_record_waits_again_as_a_new_attempt_at_the_end(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    old = spool.put(entry(1, seconds=1000.0))
    spool.bury(old, "too-old", "")
    other = spool.put(entry(2))
    new = spool.retry(old)
    assert spool.names() == [other, new]
    assert spool.buried() == []
    again = spool.read(new)
    assert again is not None
    assert again.record.data[0].content == b"one"
    assert again.attempt.received_at == entry(1, seconds=1000.0).attempt.received_at
    assert again.attempt.token != entry(1).attempt.token


def test_a_dead_record_that_is_damaged_or_taken_over_does_not_wait_again(tmp_path: Path) -> None:
    spool = spool_of(tmp_path)
    name = spool.put(entry(1))
    spool.bury(name, "too-old", "")
    spool.put(replace(entry(1), attempt=Attempt("ffffffff", moment.now())))
    with pytest.raises(Taken):
        spool.retry(name)
    (spool.dead / name).write_bytes(b"{}")
    with pytest.raises(Corrupt):
        spool.retry(name)
    assert spool.buried() == [name]


def test_room_is_never_counted_too_small(tmp_path: Path) -> None:
    kept = room.Room(tmp_path / "room", 10)
    kept.take(4)
    kept.take(6)
    with pytest.raises(Full):
        kept.take(1)
    kept.give(100)
    assert kept.taken == 0
    (tmp_path / "room").write_bytes(b"nonsense")
    assert kept.taken == 0


def test_only_one_is_elected(tmp_path: Path) -> None:
    one, two = spool_of(tmp_path), spool_of(tmp_path)
    with one.elected() as mine:
        assert mine
        with two.elected() as theirs:
            assert not theirs
    with two.elected() as theirs:
        assert theirs


def test_a_spool_needs_no_folder_to_be_asked(tmp_path: Path) -> None:
    spool: Spool = spool_of(tmp_path / "nowhere")
    assert spool.names() == []
    assert spool.room.taken == 0
