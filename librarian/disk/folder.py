"""How is a file kept in a folder? Created whole and once, on the disk before success is told.

The bytes go into a draft, without a name where the system can; only the whole draft, safe on the
disk, gets the file's name, by a link, which never replaces what is there (POSIX, link). So nobody
ever sees half a file, and of two who want one name exactly one gets it.
"""

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from librarian import uid
from librarian.disk.filling import fill
from librarian.perprocess import PerProcess
from librarian.stage import Exists, StoreError
from librarian.together import Together

KEY = re.compile(r"[A-Za-z0-9_-]+")
NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[a-z0-9]+)?")
"""What a file can be called: nothing that leads out of its folder, nothing hidden."""
OURS = re.compile(rf"{uid.NAMED}\.[a-z0-9]+")
"""What the files of this service are called, among others that their owner may have put there."""


class _Told:
    __slots__ = ("_doing",)

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise refused(self._doing, error) from error


def told(doing: str) -> _Told:
    """Turn what the operating system refuses into a StoreError, without its paths."""
    return _Told(doing)


def refused(doing: str, error: OSError) -> StoreError:
    """Make the StoreError of what the operating system refused."""
    code = errno.errorcode.get(error.errno or 0, "no code")
    return StoreError(f"{doing}: {type(error).__name__}, {code}")


def checked(key: str) -> str:
    """Give a key back if a store may keep something under it. Raises StoreError."""
    if not KEY.fullmatch(key):
        raise StoreError("this is no key to keep something under")
    return key


def _at(folder: Path, name: str) -> str:
    """Give the path of a file, which is in the folder and nowhere else. Raises StoreError."""
    if not NAME.fullmatch(name):
        raise StoreError("this is no name of a file kept here")
    return f"{folder}/{name}"  # to make a Path takes as long as to link a file


def create(folder: Path, name: str, content: bytes, *, mode: int = 0o666) -> None:
    """Create a file, durably. Raises Exists, StoreError; then there is no file by this call.

    `mode` says who may use it, less what the process's umask takes away.
    """
    target = _at(folder, name)
    with told("the file could not be written"):
        try:
            try:
                _create(folder, target, content, mode)
            except FileNotFoundError:
                make(folder)
                _create(folder, target, content, mode)
        except FileExistsError:
            sync(folder)  # whoever relies on it must not lose it
            raise Exists("there is a file of this name already") from None
    try:
        sync(folder)
    except OSError as error:
        with suppress(OSError):
            os.unlink(target)  # noqa: PTH108 - it is never a Path
        message = f"the folder could not be written: {type(error).__name__}"
        raise StoreError(message, unsure=True) from error


def read(folder: Path, name: str) -> bytes | None:
    """Give a file's bytes, None where there is no such file. Raises StoreError."""
    with told("the file could not be read"):
        try:
            with open(_at(folder, name), "rb") as file:  # noqa: PTH123 - it is never a Path
                return file.read()
        except FileNotFoundError:
            return None


def names(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield the files of this service and when each was last changed. Raises StoreError."""
    with told("the folder could not be read"):
        try:
            found = os.scandir(folder)
        except FileNotFoundError:
            return
        with found:
            for entry in found:
                with suppress(FileNotFoundError):  # removed meanwhile
                    if OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                        yield entry.name, entry.stat(follow_symlinks=False).st_mtime


def remove(folder: Path, name: str) -> None:
    """Remove a file, durably; what is not there is no fault. Raises StoreError."""
    with told("the file could not be removed"):
        try:
            os.unlink(_at(folder, name))  # noqa: PTH108 - it is never a Path
        except FileNotFoundError:
            return
        sync(folder)


def probe(folder: Path) -> None:
    """Try whether files can be created here, and leave none. Raises StoreError."""
    name = f"probe-{secrets.token_hex(8)}"
    create(folder, name, b"probe")
    remove(folder, name)


def led_to(path: str) -> str:
    """Give the one path that a path leads to, be it relative or through links."""
    return os.path.realpath(Path(path).expanduser())


def make(folder: Path) -> None:
    """Make a folder and those above it, each on the disk before the next."""
    if not folder.is_dir():
        make(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(folder: Path) -> None:
    """Wait until what was created or removed in a folder is on the disk; threads do so together."""
    syncing = _SYNCING.get()
    key = str(folder)
    if key not in syncing:
        syncing.setdefault(key, Together(lambda _: _sync(key)))
    syncing[key].do(None)


def _sync(folder: str) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


_SYNCING: PerProcess[dict[str, Together[None]]] = PerProcess(dict)
"""Where threads wait for one sync of a folder: there are as many folders as are configured."""


def _create(folder: Path, target: str, content: bytes, mode: int) -> None:
    if not _create_nameless(folder, target, content, mode):
        _create_from_draft(folder, target, content, mode)


def _create_nameless(folder: Path, target: str, content: bytes, mode: int) -> bool:
    """Write a file without a name, then name it: a killed process leaves nothing behind.

    Say whether this system can do so (Linux, open(2), O_TMPFILE).
    """
    if not hasattr(os, "O_TMPFILE"):
        return False
    try:
        opened = os.open(folder, os.O_TMPFILE | os.O_WRONLY, mode)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT):
            return False
        raise
    try:
        fill(opened, content)
        os.link(f"/proc/self/fd/{opened}", target, src_dir_fd=opened, follow_symlinks=True)
    except FileNotFoundError:
        return False  # there is no /proc
    finally:
        os.close(opened)
    return True


def _create_from_draft(folder: Path, target: str, content: bytes, mode: int) -> None:
    draft = folder / f".{target.rpartition('/')[2]}.{secrets.token_hex(4)}"
    try:
        opened = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        try:
            fill(opened, content)
        finally:
            os.close(opened)
        os.link(draft, target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
