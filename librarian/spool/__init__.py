"""What is accepted but not yet delivered? One file for each record, on this machine's own disk.

A record is in the spool once its file and the folder's entry of it are on the disk (fsync): it
survives a killed process and a power cut. File names sort by arrival.

    waiting/<milliseconds>-<uid>-<token or chance>.rec   what is to be delivered
    dead/<the same>.rec, dead/<the same>.reason.json     what could not be, and why
    uids/<uid>                                           leads to the record that waits under a uid
    locks/, room                                         who works here; how much room is taken

The folder belongs to one machine: file locks (flock) are how its processes agree.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from librarian import moment, strictjson
from librarian.disk import folder
from librarian.disk.locks import locked
from librarian.settings.spool import SpoolConfig
from librarian.spool import entry as entries
from librarian.spool.entry import Corrupt, Entry
from librarian.spool.room import Full, Room
from librarian.stage import StoreError

NAME = re.compile(r"([0-9]{13})-([0-9a-f]{24})-[0-9a-f]{8}\.rec")
REASON = ".reason.json"

__all__ = ["Corrupt", "Full", "Spool", "Taken"]


class Taken(StoreError):
    """Another record waits under this uid."""


class Spool:
    """The records of one machine that wait for their stores."""

    def __init__(self, config: SpoolConfig) -> None:
        self.config = config
        root = Path(config.directory).expanduser()
        self.waiting, self.dead, self._uids = root / "waiting", root / "dead", root / "uids"
        self._locks = root / "locks"
        self.room = Room(root / "room", config.max_bytes)

    def put(self, entry: Entry) -> str:
        """Keep a record, durably before it returns; give its name.

        Raises Full, Taken, StoreError; nothing is kept then.
        """
        return self._put(entry, moment.seconds(entry.attempt.received_at) or time.time())

    def _put(self, entry: Entry, since: float, *, within: bool = True) -> str:
        content = entries.written(entry)
        chance = entry.attempt.token or secrets.token_hex(4)
        name = f"{int(since * 1000):013}-{entry.record.uid}-{chance}.rec"
        with self._moving(entry.record.uid):
            if self._leads_to(entry.record.uid):
                raise Taken("another record waits under this uid")
            self.room.take(len(content), within=within)
            try:
                self._lead(entry.record.uid, name)
                folder.create(self.waiting, name, content)
            except StoreError:
                self._forget(entry.record.uid, name)
                self.room.give(len(content))
                raise
        return name

    def find(self, uid: str) -> Entry | None:
        """Give the record that waits under a uid; one that cannot be read is none."""
        name = self._leads_to(uid)
        with suppress(Corrupt):
            return self.read(name) if name else None
        return None

    def holds(self, uid: str) -> bool:
        """Say whether a record waits under a uid."""
        return bool(self._leads_to(uid))

    def attempts(self, uid: str) -> list[Entry]:
        """Give all that is kept under a uid, also what is dead; what cannot be read is left out.

        Raises StoreError.
        """
        return list(self.every(uid))

    def every(self, uid: str = "") -> Iterator[Entry]:
        """Yield all that is kept, of one uid or of all, as `attempts` does. Raises StoreError."""
        for place in (self.waiting, self.dead):
            for name in _names(place):
                if uid in ("", uid_of(name)):
                    content = folder.read(place, name)
                    with suppress(Corrupt):  # whose it is, nobody can tell
                        if content is not None:
                            yield entries.read(content)

    def forget(self, uid: str) -> None:
        """Remove all that is kept under a uid, also what is dead.

        Raises StoreError, also while a record is being delivered, for it might be this one.
        """
        if not any(_names_of(uid, place) for place in (self.waiting, self.dead)):
            return
        with self.in_hand(wait=False) as free:
            if not free:
                raise StoreError("a record is being delivered just now")
            for name in _names_of(uid, self.waiting):
                self.remove(name)
            for name in _names_of(uid, self.dead):
                self.clear(name)

    def names(self) -> list[str]:
        """Name what waits, in order of arrival."""
        return _names(self.waiting)

    def read(self, name: str) -> Entry | None:
        """Read a waiting record, None where it waits no more. Raises Corrupt, StoreError."""
        content = folder.read(self.waiting, name)
        return None if content is None else entries.read(content)

    def remove(self, name: str) -> None:
        """Forget a waiting record. Raises StoreError."""
        uid = uid_of(name)
        with self._moving(uid):
            size = _size(self.waiting / name)
            folder.remove(self.waiting, name)
            self._forget(uid, name)
            self.room.give(size)

    def bury(self, name: str, reason: str, said: str) -> None:
        """Put a waiting record aside for good, with the reason. Raises StoreError."""
        told = {"reason": reason, "said": said, "at": moment.now()}
        uid = uid_of(name)
        with self._moving(uid), folder.told("the record could not be put aside"):
            folder.make(self.dead)
            with (self.dead / _reason(name)).open("wb") as file:
                file.write(strictjson.dumps(told))
                file.flush()
                os.fsync(file.fileno())
            (self.waiting / name).rename(self.dead / name)
            folder.sync(self.dead)
            folder.sync(self.waiting)
            self._forget(uid, name)

    def size(self, name: str) -> int:
        """Tell the bytes of a record, waiting or dead; 0 where it is no more."""
        return _size(self.waiting / name) or _size(self.dead / name)

    def buried(self) -> list[str]:
        """Name the dead records, in order of arrival."""
        return _names(self.dead)

    def why(self, name: str) -> dict[str, Any]:
        """Say why a record is dead: `reason`, `said`, `at`."""
        try:
            told: dict[str, Any] = strictjson.loads((self.dead / _reason(name)).read_bytes())
        except (OSError, strictjson.NotJson):
            return {"reason": "unknown", "said": "", "at": ""}
        return told

    def retry(self, name: str) -> str:
        """Let a dead record wait again, as a new attempt at the end of the line; give its new name.

        Its old attempt may still be being undone; under a name of its own nothing can meet it.
        Raises Corrupt, Taken, StoreError.
        """
        content = folder.read(self.dead, name)
        if content is None:
            raise StoreError("it is not there any more")
        entry = entries.read(content)
        attempt = replace(entry.attempt, token=secrets.token_hex(4))
        new = self._put(replace(entry, attempt=attempt), time.time(), within=False)
        self.clear(name)
        return new

    def clear(self, name: str) -> None:
        """Remove a dead record. Raises StoreError."""
        size = _size(self.dead / name)
        folder.remove(self.dead, name)
        (self.dead / _reason(name)).unlink(missing_ok=True)
        self.room.give(size)

    def elected(self) -> AbstractContextManager[bool]:
        """Say whether this process is the machine's one deliverer, for as long as it holds this."""
        return locked(self._locks / "deliverer", wait=False)

    def in_hand(self, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Have all that waits in hand, alone: to deliver a record, or to take it out.

        Without waiting for it, say whether it could be had.
        """
        return locked(self._locks / "hand", wait=wait)

    def mend(self) -> None:
        """Set right what killed processes left: how much room is taken, what leads to nothing."""
        with locked(self._locks / "moving"), folder.told("the spool could not be read"):
            names = self.names()
            here = {uid_of(name): name for name in names}
            folder.make(self._uids)
            for path in self._uids.iterdir():
                if here.get(path.name) != _target(path):
                    path.unlink(missing_ok=True)
            for uid, name in here.items():
                with suppress(FileExistsError):
                    (self._uids / uid).symlink_to(name)
            sizes = [_size(self.waiting / name) for name in names]
            sizes += [_size(self.dead / name) for name in self.buried()]
            self.room.set(sum(sizes))

    def takes(self) -> bool:
        """Say whether a record can be put here now."""
        try:
            folder.probe(self.waiting)
        except StoreError:
            return False
        return not self.room.full

    @contextmanager
    def _moving(self, uid: str) -> Iterator[None]:
        """Move the record of one uid, nobody else that one, and nobody mending meanwhile."""
        with (
            locked(self._locks / "moving", shared=True),
            locked(self._locks / f"uid-{uid[-1]}"),
        ):
            yield

    def _leads_to(self, uid: str) -> str:
        """Name the record that waits under a uid; a trace that leads to nothing is none."""
        name = _target(self._uids / uid)
        return name if name and (self.waiting / name).exists() else ""

    def _lead(self, uid: str, name: str) -> None:
        with folder.told("the record could not be noted"):
            folder.make(self._uids)
            (self._uids / uid).unlink(missing_ok=True)
            (self._uids / uid).symlink_to(name)
            folder.sync(self._uids)

    def _forget(self, uid: str, name: str) -> None:
        with suppress(OSError):
            if _target(self._uids / uid) == name:
                (self._uids / uid).unlink(missing_ok=True)


def uid_of(name: str) -> str:
    """Read the uid off a record's name."""
    return name.split("-")[1]


def waits_since(name: str) -> float:
    """Read off a record's name since when it waits, as Unix time."""
    return int(name.split("-")[0]) / 1000


def _reason(name: str) -> str:
    return name.removesuffix(".rec") + REASON


def _names(path: Path) -> list[str]:
    with folder.told("the spool could not be read"):
        try:
            with os.scandir(path) as found:
                return sorted(each.name for each in found if NAME.fullmatch(each.name))
        except FileNotFoundError:
            return []


def _names_of(uid: str, place: Path) -> list[str]:
    return [name for name in _names(place) if uid_of(name) == uid]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
