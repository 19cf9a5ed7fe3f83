"""What was a worker about to do when it died? Intents, noted before the first store is asked.

Each process appends to a file of its own and holds a lock on it (flock) as long as it lives: one
line when an attempt begins (where it will write), and with the next beginning one that it ended: of
who dies between them an attempt is looked at for which there is nothing to be done. A process that
is killed leaves its beginnings without ends, and its lock is free: that is how others know. What a
living process could not bring to an end itself (an undo that failed, a mark whose answer was lost)
it leaves as a file; where the disk is full, as soon as there is room, and until then its beginning
has no end. What cannot be read is set aside, and holds up nothing else. The journal lies in the
page cache: it survives a killed process, not a power cut.

    <process>.jsonl        what a process began and ended, see librarian/commit/begun.py
    <uid>-<chance>.left    {...}
    <either>.spoilt        what could not be read, for people to look at
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from librarian import strictjson
from librarian.commit.begun import Begun, Intent, checked, locked, still_open
from librarian.disk.folder import refused, told
from librarian.perprocess import PerProcess
from librarian.stage import StoreError

log = logging.getLogger(__name__)

__all__ = ["Intent", "Journal", "Left"]


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
        self._own = PerProcess(lambda: Begun(folder))
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
            with _alone(path):
                _bury(path)
        for path in sorted(self.folder.glob("*.left")):
            if (intent := _intent_in(path, aside=True)) is not None:
                yield Left(path, intent)

    def dangling(self) -> Iterator[Intent]:
        """Give the intents that `left` would, and change nothing."""
        for path in sorted(self.folder.glob("*.jsonl")):
            intents: list[Intent] = []
            with _alone(path), path.open("rb") as file:
                if locked(file):
                    intents, _ = still_open(file)
            yield from intents
        for path in sorted(self.folder.glob("*.left")):
            if (intent := _intent_in(path)) is not None:
                yield intent

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
            yield locked(lock)


class _Noted:
    """One intent, noted for as long as a block runs."""

    __slots__ = ("_failure", "_file", "_folder", "_intent", "_late", "_number", "_own")

    def __init__(
        self,
        folder: Path,
        own: PerProcess[Begun],
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


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Look at one file; what the system refuses of it is logged, and holds up no other."""
    try:
        yield
    except FileNotFoundError:
        pass  # it was settled meanwhile
    except OSError as error:
        log.error("%s: %s", path.name, refused("a file of the journal could not be used", error))


def _intent_in(path: Path, *, aside: bool = False) -> Intent | None:
    """Read an intent that was left, None where it cannot be read; then put it aside, if asked."""
    with _alone(path):
        try:
            return checked(strictjson.loads(path.read_bytes()))
        except ValueError:
            log.error("%s of the journal is damaged and cannot be settled from it", path.name)
            if aside:
                path.rename(path.with_suffix(".spoilt"))
    return None


def _bury(path: Path) -> None:
    """Turn what a dead process left open into intents that are left, and remove its file.

    Where a line cannot be read the file is put aside instead. Raises OSError; nothing is left then.
    """
    with path.open("rb") as file:
        if not locked(file):
            return  # its process lives
        intents, spoilt = still_open(file)
        left: list[Path] = []
        try:
            for intent in intents:
                left.append(_leave(path.parent, intent))
        except OSError:
            for each in left:
                each.unlink(missing_ok=True)
            raise
        if spoilt:
            log.error("%s of the journal has %d damaged lines; it is put aside", path.name, spoilt)
            path.rename(path.with_suffix(".spoilt"))
        else:
            path.unlink(missing_ok=True)


def _leave(folder: Path, intent: Intent) -> Path:
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
    return path
