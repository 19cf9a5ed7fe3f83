"""What was a worker about to do when it died? Intents, noted before the first store is asked.

Each process appends to a file of its own and holds a lock on it (flock) as long as it lives: one
line when an attempt begins (where it will write), and with the next beginning one that it ended: of
who dies between them an attempt is looked at for which there is nothing to be done. A process that
is killed leaves its beginnings without ends, and its lock is free: that is how others know. What a
living process could not bring to an end itself (an undo that failed, a mark whose answer was lost)
it leaves as a file; where the disk is full, as soon as there is room, and until then its beginning
has no end. The journal lies in the page cache: it survives a killed process, not a power cut.

    <process>.jsonl        {"begin": 7, "intent": {...}}   {"end": 7}
    <uid>-<chance>.left    {...}
"""

import fcntl
import json
import logging
import os
import secrets
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from librarian import strictjson
from librarian.disk.folder import refused, told
from librarian.perprocess import PerProcess, process
from librarian.stage import StoreError

log = logging.getLogger(__name__)
Intent = dict[str, Any]
ROOM = 4 * 2**20
"""Bytes after which a process's file starts anew, at a moment when nothing is open."""


@dataclass(frozen=True, slots=True)
class Left:
    """An intent that its process could not bring to an end."""

    path: Path
    intent: Intent

    def settled(self) -> None:
        """Forget it: it is done, or undone."""
        self.path.unlink(missing_ok=True)


class Journal:
    """The intents of all processes of one machine, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._own = PerProcess(lambda: _Own(folder))
        self._late: PerProcess[dict[int, Intent]] = PerProcess(dict)
        """What this process could not leave yet, by the numbers of its beginnings."""

    def noted(
        self, intent: Intent, failure: Callable[[StoreError], Exception] | None = None
    ) -> AbstractContextManager[Intent]:
        """Note an intent while the block runs; what the block adds under `open` is left behind.

        Raises StoreError, on entering, where it cannot be noted; or what `failure` makes of that.
        """
        return _Noted(self.folder, self._own, self._late, intent, failure)

    def leave(self, intent: Intent) -> None:
        """Leave an intent behind that this process gives up. Raises StoreError."""
        with told("the journal could not be written"):
            self.folder.mkdir(parents=True, exist_ok=True)
            _leave(self.folder, intent)

    def leave_late(self) -> None:
        """Leave what this process could not leave when its block ended, as far as it can now."""
        late = self._late.get()
        for number, intent in list(late.items()):
            with suppress(OSError):  # that was logged when it came first
                _leave(self.folder, intent)
                self._own.get().end(number)
                del late[number]

    def left(self) -> Iterator[Left]:
        """Give what is left to be settled, of dead processes too; for the one `elected`."""
        for path in sorted(self.folder.glob("*.jsonl")):
            _bury(path)
        for path in sorted(self.folder.glob("*.left")):
            with suppress(FileNotFoundError):
                yield Left(path, json.loads(path.read_bytes()))

    def dangling(self) -> Iterator[Intent]:
        """Give the intents that `left` would, and change nothing."""
        for path in sorted(self.folder.glob("*.jsonl")):
            with suppress(FileNotFoundError), path.open("rb") as file:
                if _locked(file):
                    yield from _open_in(file)
        for path in sorted(self.folder.glob("*.left")):
            with suppress(FileNotFoundError):
                yield json.loads(path.read_bytes())

    def holds(self, uid: str) -> bool:
        """Say whether an intent of this uid is left to be settled, as far as is known here."""
        late = list(self._late.get().values())
        return any(self.folder.glob(f"{uid}-*.left")) or uid in [each["uid"] for each in late]

    def waiting(self) -> int:
        """Count the intents that are left to be settled."""
        return sum(1 for _ in self.folder.glob("*.left"))

    @contextmanager
    def elected(self) -> Iterator[bool]:
        """Say whether this process is the machine's one settler, for as long as the block runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "settler.lock").open("ab") as lock:
            yield _locked(lock)


class _Noted:
    """One intent, noted for as long as a block runs."""

    __slots__ = ("_failure", "_file", "_folder", "_intent", "_late", "_number", "_own")

    def __init__(
        self,
        folder: Path,
        own: PerProcess["_Own"],
        late: PerProcess[dict[int, Intent]],
        intent: Intent,
        failure: Callable[[StoreError], Exception] | None,
    ) -> None:
        self._folder, self._own, self._late = folder, own, late
        self._intent, self._failure = intent, failure

    def __enter__(self) -> Intent:
        try:
            self._file = self._own.get()
            self._number = self._file.begin(self._intent)
        except OSError as error:
            fault = refused("the journal could not be written", error)
            raise (self._failure(fault) if self._failure else fault) from error
        return self._intent

    def __exit__(self, *_: object) -> None:
        """End it, whatever became of the block, which alone says what is answered."""
        if self._intent.pop("open", False):
            try:
                _leave(self._folder, self._intent)
            except OSError as error:
                log.error("%s", refused("what is left open could not be noted yet", error))
                self._late.get()[self._number] = self._intent
                return
        self._file.end(self._number)


class _Own:
    """One process's file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.getpid()}-{secrets.token_hex(4)}.draft"
        self._file = path.open("ab", buffering=0)
        _locked(self._file)  # before others can find it, or they would think its process dead
        path.rename(path.with_suffix(".jsonl"))
        self._lock = threading.Lock()
        self._next = self._size = 0
        self._running: set[int] = set()
        self._ended: list[bytes] = []
        weakref.finalize(self, _close, self._file, self._ended, process())

    def begin(self, intent: Intent) -> int:
        said = strictjson.dumps(intent)
        with self._lock:
            if not self._running and self._size > ROOM:
                self._file.truncate(0)
                self._file.seek(0)
                self._size = 0
                self._ended.clear()
            self._next += 1
            self._running.add(self._next)
            line = b'{"begin":%d,"intent":%b}\n' % (self._next, said)
            lines = b"".join((*self._ended, line))
            self._ended.clear()
            self._size += self._file.write(lines) or 0
            return self._next

    def end(self, number: int) -> None:
        with self._lock:
            self._running.discard(number)
            self._ended.append(b'{"end":%d}\n' % number)


def _close(file: IO[bytes], ended: list[bytes], owner: int) -> None:
    """Note what ended since the last beginning, and let go of the file."""
    with file:
        if owner == process():  # and none that came over a fork
            file.write(b"".join(ended))


def _bury(path: Path) -> None:
    """Turn what a dead process left open into intents that are left, and remove its file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        if not _locked(file):
            return  # its process lives
        for intent in _open_in(file):
            _leave(path.parent, intent)
        path.unlink(missing_ok=True)


def _open_in(file: IO[bytes]) -> list[Intent]:
    """Read the intents that have a beginning and no end."""
    opened: dict[int, Intent] = {}
    for line in file:
        if not line.endswith(b"\n"):
            break  # killed while it noted this: nothing was stored yet
        note = json.loads(line)
        if "begin" in note:
            opened[note["begin"]] = note["intent"]
        else:
            opened.pop(note["end"], None)
    return list(opened.values())


def _leave(folder: Path, intent: Intent) -> None:
    """Keep an intent as a file. Raises OSError; there is none then."""
    path = folder / f"{intent['uid']}-{secrets.token_hex(4)}.left"
    draft = path.with_suffix(".draft")
    try:
        draft.write_bytes(strictjson.dumps(intent))
        draft.rename(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
