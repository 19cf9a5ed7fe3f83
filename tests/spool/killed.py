"""What is left by a process that is killed at its every step? Run alone, with SCENE and FOLDER.

Each step is a call of a store, a file touched or a file synced. For each number a child is forked,
does the scene in a folder of that number and is killed (SIGKILL) at that step, until one comes to
its end; the folders are for the test to look into.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from librarian import moment
from librarian.commit import Attempt
from librarian.record import Record
from librarian.spool.entry import Entry
from librarian.uid import derive
from tests.commit.test_commit import record
from tests.spool.line import Line

TOKEN = "0123abcd"
OLD = "2026-01-01T10:00:00.000Z"
SENT, OTHER = record(), record(b"other")
UNKEYED = replace(record(keyed=False), uid=derive("unkeyed", "1"))
WATCHED = ("os.", "open", "sqlite3", "shutil")


def put(line: Line, sent: Record, token: str = TOKEN, at: str = "") -> None:
    line.spool.put(Entry(sent, (), "c", Attempt(token, at or moment.now())))


def put_old(line: Line) -> None:
    put(line, SENT, at=OLD)


def deliver(line: Line) -> None:
    line.spool.mend()
    line.ends()


def accept(line: Line, sent: Record = SENT) -> None:
    line.refuse_marks()
    assert line.take(sent).spooled
    (line.folder / "acknowledged").touch()


def accept_without_asking(line: Line) -> None:
    assert line.take(SENT).spooled
    (line.folder / "acknowledged").touch()


def store(line: Line) -> None:
    line.commit.store(SENT, (), "c")


def store_elsewhere(line: Line) -> None:
    line.commit.store(SENT, (), "c")
    put(line, SENT)


def store_other(line: Line) -> None:
    line.commit.store(OTHER, (), "c")
    put(line, SENT)


def tried(line: Line) -> None:
    put(line, SENT)
    line.refuse_marks()
    line.ends()
    line.on()


def bury_old(line: Line) -> None:
    line.refuse_marks()
    line.ends()
    line.on()


def retry(line: Line) -> None:
    line.spool.retry(line.spool.buried()[0])


def died(line: Line) -> None:
    put_old(line)
    bury_old(line)
    line.settle()


Scene = tuple[dict[str, object], Callable[[Line], None], Callable[[Line], None]]
SCENES: dict[str, Scene] = {
    "deliver": ({}, lambda line: put(line, SENT), deliver),
    "deliver without a key": ({}, lambda line: put(line, UNKEYED, ""), deliver),
    "deliver what was tried before": ({}, tried, deliver),
    "drop a duplicate": ({}, store_elsewhere, deliver),
    "bury a used key": ({}, store_other, deliver),
    "bury what is too old": ({"max_age": 1}, put_old, bury_old),
    "retry": ({"max_age": 1}, died, retry),
    "accept": ({}, lambda _: None, accept),
    "accept without a key": ({}, lambda _: None, lambda line: accept(line, UNKEYED)),
    "store": ({}, lambda _: None, store),
    "accept always": ({"when": "always"}, lambda _: None, accept_without_asking),
}
"""Each with how the spool is set, what was before, and what is done."""


def main(scene: str, folder: Path) -> None:
    more, before, act = SCENES[scene]
    for number in range(1, 1000):
        own = folder / f"{number:03}"
        own.mkdir()
        before(Line(own, more))
        child = os.fork()
        if not child:
            _die_at(number, Line, own, more, act)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("it never comes to its end")


def _die_at(
    number: int, made: Callable[..., Line], own: Path, more: object, act: Callable[[Line], None]
) -> None:
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, _: object) -> None:
        if event.startswith(WATCHED):
            step()

    synced = os.fsync

    def sync(file: int) -> None:
        step()
        synced(file)
        step()

    line = made(own, more, step)
    os.fsync = sync  # type: ignore[assignment]
    sys.addaudithook(heard)
    act(line)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
