"""What has a process begun, and not ended? A file of its own, of lines, and a lock on the file.

    {"begin": 7, "intent": {...}}
    {"end": 7}

A line that cannot be written whole is taken back, and nothing is begun by it. Of what others left
here a line that cannot be read is passed over: a disk may spoil it, or a power cut.
"""

import errno
import fcntl
import os
import secrets
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from librarian import strictjson, uid
from librarian.perprocess import process

Intent = dict[str, Any]
MEMBERS = {"uid": str, "attempt": str, "at": int | float, "writes": list}
"""What every intent tells."""
ROOM = 4 * 2**20
"""Bytes after which a process's file starts anew, at a moment when nothing is open."""


class Begun:
    """One process's file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.getpid()}-{secrets.token_hex(4)}.draft"
        self._file = path.open("ab", buffering=0)
        locked(self._file)  # before others can find it, or they would think its process dead
        path.rename(path.with_suffix(".jsonl"))
        self._lock = threading.Lock()
        self._next = self._size = 0
        self._torn = False
        self._running: set[int] = set()
        self._ended: list[bytes] = []
        weakref.finalize(self, _close, self._file, self._ended, process())

    def begin(self, intent: Intent) -> int:
        """Note an intent and give its number. Raises OSError; nothing is noted then."""
        said = strictjson.dumps(intent)
        with self._lock:
            if not self._running and self._size > ROOM:
                self._cut(0)
                self._ended.clear()
            number = self._next + 1
            line = b'{"begin":%d,"intent":%b}\n' % (number, said)
            self._append(b"".join((*self._ended, line)))
            self._next = number
            self._running.add(number)
            self._ended.clear()
            return number

    def end(self, number: int) -> None:
        """Note with the next beginning that this one has ended."""
        with self._lock:
            self._running.discard(number)
            self._ended.append(b'{"end":%d}\n' % number)

    def _append(self, lines: bytes) -> None:
        """Write lines whole. Raises OSError; what was written of them is taken back then."""
        if self._torn:
            self._cut(self._size)
        self._torn = True
        try:
            if self._file.write(lines) != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            with suppress(OSError):  # else before the next beginning, or that is refused too
                self._cut(self._size)
            raise
        self._size += len(lines)
        self._torn = False

    def _cut(self, size: int) -> None:
        self._file.truncate(size)
        self._size, self._torn = size, False


def still_open(file: IO[bytes]) -> tuple[list[Intent], int]:
    """Read the intents that have a beginning and no end, and count the lines that are spoilt."""
    opened: dict[int, Intent] = {}
    spoilt = 0
    for line in file:
        if not line.endswith(b"\n"):
            break  # killed while it noted this: nothing was stored yet
        try:
            note = strictjson.members(line)
            if "end" in note:
                opened.pop(note["end"], None)
            else:
                opened[note["begin"]] = checked(note["intent"])
        except (ValueError, KeyError, TypeError):
            spoilt += 1
    return list(opened.values()), spoilt


def checked(told: Any) -> Intent:
    """Give what was noted, if it is an intent. Raises ValueError."""
    if (
        not isinstance(told, dict)
        or not all(isinstance(told.get(name), kind) for name, kind in MEMBERS.items())
        or not uid.ALONE.fullmatch(told["uid"])
    ):
        raise ValueError("this is no intent")
    return told


def locked(file: IO[bytes]) -> bool:
    """Say whether the lock on a file could be had."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _close(file: IO[bytes], ended: list[bytes], owner: int) -> None:
    """Note what ended since the last beginning, and let go of the file."""
    with file, suppress(OSError):  # what is not noted is looked at, and nothing of it is found
        if owner == process():  # and none that came over a fork
            file.write(b"".join(ended))
