"""Does the journal tell what a killed process was about to do, and nothing of those that live?"""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from librarian.commit.journal import Journal

ROOT = Path(__file__).parent.parent.parent


def intent(uid: str = "a" * 24) -> dict[str, object]:
    return {"uid": uid, "attempt": "", "at": 0.0, "writes": [["DATA_ACTOR_CONFIG[0]", uid]]}


PRELUDE = """
import resource
from pathlib import Path
from librarian.commit import begun
from librarian.commit.journal import Journal
from librarian.stage import StoreError

INTENT = {"uid": "b" * 24, "attempt": "", "at": 0.0, "writes": []}
LIMIT = resource.getrlimit(resource.RLIMIT_FSIZE)


def own():
    return next(journal.folder.glob("*.jsonl"))


def room(most=LIMIT[0]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, LIMIT[1]))


def refused(intent=INTENT):
    try:
        journal.noted(intent).__enter__()
    except StoreError:
        return True
    return False


"""


def in_another_process(folder: Path, body: str) -> subprocess.Popen[str]:
    """Start a process that does something to a journal and says `ready` when it has."""
    code = PRELUDE + f"journal = Journal(Path({str(folder)!r}))\n" + textwrap.dedent(body)
    process = subprocess.Popen(
        [sys.executable, "-c", code + "\nprint('ready', flush=True)\ninput()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


BEGIN = """
begun = journal.noted(INTENT)
begun.__enter__()
"""


def test_what_came_to_its_end_leaves_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for _ in range(3):
        with journal.noted(intent()):
            assert list(journal.left()) == []
    assert list(journal.left()) == []


def test_what_is_marked_open_is_left_to_be_settled_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.noted(intent()) as noted:
        noted["open"] = True
    (left,) = journal.left()
    assert left.intent == intent()
    left.settled()
    assert list(journal.left()) == []
    assert journal.waiting() == 0


def test_an_attempt_that_ends_in_an_error_is_ended_all_the_same(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    try:
        with journal.noted(intent()):
            raise RuntimeError
    except RuntimeError:
        pass
    assert list(journal.left()) == []


def test_what_ended_is_noted_with_the_next_beginning_or_with_the_end_of_the_process(
    tmp_path: Path,
) -> None:
    ended = "with journal.noted({**INTENT, 'uid': 'c' * 24}):\n    pass\n"
    kill(in_another_process(tmp_path, ended + BEGIN))
    assert [left.intent["uid"] for left in Journal(tmp_path).left()] == ["b" * 24]


def test_of_what_ended_last_before_a_kill_an_attempt_is_left_to_be_looked_at(
    tmp_path: Path,
) -> None:
    ended = "with journal.noted({**INTENT, 'uid': 'c' * 24}):\n    pass\n"
    kill(in_another_process(tmp_path, ended))
    assert [left.intent["uid"] for left in Journal(tmp_path).left()] == ["c" * 24]


def test_what_a_living_process_is_doing_is_not_touched(tmp_path: Path) -> None:
    process = in_another_process(tmp_path, BEGIN)
    assert list(Journal(tmp_path).left()) == []
    kill(process)
    assert [left.intent["uid"] for left in Journal(tmp_path).left()] == ["b" * 24]


def test_what_a_killed_process_left_is_found_again_until_it_is_settled(tmp_path: Path) -> None:
    kill(in_another_process(tmp_path, BEGIN))
    assert len(list(Journal(tmp_path).left())) == 1
    assert len(list(Journal(tmp_path).left())) == 1
    for left in Journal(tmp_path).left():
        left.settled()
    assert list(tmp_path.iterdir()) == []


def test_a_line_broken_off_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    whole = json.dumps({"begin": 1, "intent": intent()})
    (tmp_path / "1-a.jsonl").write_text(whole + "\n" + whole[:20])
    assert len(list(Journal(tmp_path).left())) == 1


@pytest.mark.parametrize("bytes_left", [0, 1, 30, 99])
def test_a_beginning_that_cannot_be_written_whole_is_refused_and_taken_back(
    tmp_path: Path, bytes_left: int
) -> None:
    full = f"""
        with journal.noted(INTENT):
            pass
        before = own().read_bytes()
        room(len(before) + {bytes_left})
        assert refused({{**INTENT, "uid": "d" * 24}})
        assert own().read_bytes() == before
        room()
        journal.noted({{**INTENT, "uid": "e" * 24}}).__enter__()
    """
    kill(in_another_process(tmp_path, full))
    assert [left.intent["uid"] for left in Journal(tmp_path).left()] == ["e" * 24]
    assert list(tmp_path.glob("*.spoilt")) == []


def test_after_a_refused_beginning_the_file_still_begins_anew(tmp_path: Path) -> None:
    full = """
        begun.ROOM = 2000
        with journal.noted(INTENT):
            pass
        room(own().stat().st_size)
        assert refused()
        room()
        for _ in range(200):
            with journal.noted(INTENT):
                assert own().stat().st_size < 2 * begun.ROOM
    """
    kill(in_another_process(tmp_path, full))


def test_while_something_is_open_the_file_does_not_begin_anew(tmp_path: Path) -> None:
    much = """
        begun.ROOM = 200
        journal.noted(INTENT).__enter__()
        for _ in range(20):
            with journal.noted({**INTENT, "uid": "c" * 24}):
                pass
        with journal.noted({**INTENT, "uid": "e" * 24}):
            pass
    """
    kill(in_another_process(tmp_path, much))
    assert [left.intent["uid"] for left in Journal(tmp_path).left()] == ["b" * 24, "e" * 24]


FULL = """
with journal.noted(INTENT) as noted:
    noted["open"] = True
    room(0)
room()
assert {path.suffix for path in journal.folder.iterdir()} == {".jsonl"}
assert journal.holds(INTENT["uid"])
"""


def test_what_there_was_no_room_to_leave_is_found_when_its_process_ends(tmp_path: Path) -> None:
    process = in_another_process(tmp_path, FULL)
    assert list(Journal(tmp_path).left()) == []
    kill(process)
    assert [left.intent["uid"] for left in Journal(tmp_path).left()] == ["b" * 24]


def test_what_there_was_no_room_to_leave_is_left_once_there_is(tmp_path: Path) -> None:
    later = """
        journal.leave_late()
        journal.leave_late()
        with journal.noted({**INTENT, "uid": "e" * 24}):
            pass
    """
    process = in_another_process(tmp_path, FULL + textwrap.dedent(later))
    (left,) = Journal(tmp_path).left()
    assert left.intent["uid"] == "b" * 24
    left.settled()
    kill(process)
    assert [left.intent["uid"] for left in Journal(tmp_path).left()] == ["e" * 24]


def test_without_room_to_leave_it_a_block_still_ends_as_it_ended(tmp_path: Path) -> None:
    raising = """
        try:
            with journal.noted(INTENT) as noted:
                noted["open"] = True
                room(0)
                raise LookupError
        except LookupError:
            room()
    """
    kill(in_another_process(tmp_path, raising))


def test_what_a_dead_process_left_is_taken_over_whole_or_not_yet(tmp_path: Path) -> None:
    many = {**intent("c" * 24), "writes": [["DATA_ACTOR_CONFIG[0]", "c" * 24]] * 100}
    notes = [{"begin": 1, "intent": intent()}, {"begin": 2, "intent": many}]
    dead = tmp_path / "1-a.jsonl"
    dead.write_text("".join(json.dumps(note) + "\n" for note in notes))
    little = """
        room(1000)
        for _ in range(3):
            assert list(journal.left()) == []
        room()
    """
    kill(in_another_process(tmp_path, little))
    assert list(tmp_path.iterdir()) == [dead]
    assert len(list(Journal(tmp_path).left())) == 2


SPOILT = [b"", b"\0" * 80, b"{", b"[]", b"7", b'{"uid":"../../a","attempt":"","at":0,"writes":[]}']


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_file_is_put_aside_and_holds_up_no_other(
    tmp_path: Path, spoilt: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / f"{'0' * 24}-00000000.left").write_bytes(spoilt)
    (tmp_path / f"{'a' * 24}-00000000.left").write_text(json.dumps(intent()))
    journal = Journal(tmp_path)
    assert [found["uid"] for found in journal.dangling()] == ["a" * 24]
    assert [left.intent["uid"] for left in journal.left()] == ["a" * 24]
    assert [path.read_bytes() for path in tmp_path.glob("*.spoilt")] == [spoilt]
    assert "damaged" in caplog.text
    caplog.clear()
    assert len(list(journal.left())) == 1
    assert caplog.text == ""


@pytest.mark.parametrize(
    "spoilt", [*SPOILT, b'{"begin":1,"intent":{"uid":"b{"begin":2}', b'{"end":[]}']
)
def test_a_spoilt_line_holds_up_no_other_and_its_file_is_kept(
    tmp_path: Path, spoilt: bytes
) -> None:
    lines = [json.dumps({"begin": n, "intent": intent(f"{n:024}")}).encode() for n in (1, 2, 3)]
    content = b"\n".join([lines[0], spoilt, *lines[1:], b'{"end":2}', b""])
    (tmp_path / "1-a.jsonl").write_bytes(content)
    journal, uids = Journal(tmp_path), [f"{n:024}" for n in (1, 3)]
    assert [found["uid"] for found in journal.dangling()] == uids
    assert [left.intent["uid"] for left in journal.left()] == uids
    assert len(list(journal.left())) == 2
    assert (tmp_path / "1-a.spoilt").read_bytes() == content


def test_a_file_that_cannot_be_opened_holds_up_no_other(tmp_path: Path) -> None:
    (tmp_path / "1-a.jsonl").mkdir()
    (tmp_path / f"{'0' * 24}-00000000.left").mkdir()
    (tmp_path / f"{'a' * 24}-00000000.left").write_text(json.dumps(intent()))
    journal = Journal(tmp_path)
    assert [found["uid"] for found in journal.dangling()] == ["a" * 24]
    assert [left.intent["uid"] for left in journal.left()] == ["a" * 24]


def test_one_process_at_a_time_settles_and_the_next_takes_over_when_it_is_killed(
    tmp_path: Path,
) -> None:
    process = in_another_process(tmp_path, "mine = journal.elected()\nassert mine.__enter__()")
    with Journal(tmp_path).elected() as mine:
        assert not mine
    kill(process)
    with Journal(tmp_path).elected() as mine:
        assert mine


def test_a_fork_writes_a_file_of_its_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.noted(intent()):
        child = os.fork()
        if child == 0:
            begun = journal.noted(intent("c" * 24))
            begun.__enter__()
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        assert [left.intent["uid"] for left in Journal(tmp_path).left()] == ["c" * 24]
