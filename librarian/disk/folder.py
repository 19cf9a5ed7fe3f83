"""How is a file kept in a folder? Created whole and once, on the disk before success is told.

The bytes go into a draft beside the file; only the whole draft, safe on the disk, gets the file's
name, by a link, which never replaces what is there (POSIX, link). So nobody ever sees half a file,
and of two who want one name exactly one gets it.
"""

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from librarian.stage import Exists, StoreError

KEY = re.compile(r"[A-Za-z0-9_-]+")
NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[a-z0-9]+)?")
"""What a file can be called: nothing that leads out of its folder, nothing hidden."""


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn what the operating system refuses into a StoreError, without its paths."""
    try:
        yield
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "no code")
        raise StoreError(f"{doing}: {type(error).__name__}, {code}") from error


def checked(key: str) -> str:
    """Give a key back if a store may keep something under it. Raises StoreError."""
    if not KEY.fullmatch(key):
        raise StoreError("this is no key to keep something under")
    return key


def _at(folder: Path, name: str) -> Path:
    """Give the place of a file, which is in the folder and nowhere else. Raises StoreError."""
    if not NAME.fullmatch(name):
        raise StoreError("this is no name of a file kept here")
    return folder / name


def create(folder: Path, name: str, content: bytes) -> None:
    """Create a file, durably. Raises Exists, StoreError; then there is no file by this call."""
    target = _at(folder, name)
    draft = folder / f".{name}.{secrets.token_hex(4)}"
    with told("the file could not be written"):
        make(folder)
        try:
            _write(draft, content)
            os.link(draft, target)
        except FileExistsError:
            raise Exists("there is a file of this name already") from None
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
    try:
        sync(folder)
    except OSError as error:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        message = f"the folder could not be written: {type(error).__name__}"
        raise StoreError(message, unsure=True) from error


def read(folder: Path, name: str) -> bytes | None:
    """Give a file's bytes, None where there is no such file. Raises StoreError."""
    with told("the file could not be read"):
        try:
            return _at(folder, name).read_bytes()
        except FileNotFoundError:
            return None


def remove(folder: Path, name: str) -> None:
    """Remove a file, durably; what is not there is no fault. Raises StoreError."""
    with told("the file could not be removed"):
        try:
            _at(folder, name).unlink()
        except FileNotFoundError:
            return
        sync(folder)


def probe(folder: Path) -> None:
    """Try whether files can be created here, and leave none. Raises StoreError."""
    name = f"probe-{secrets.token_hex(8)}"
    create(folder, name, b"probe")
    remove(folder, name)


def make(folder: Path) -> None:
    """Make a folder and those above it, each on the disk before the next."""
    if not folder.is_dir():
        make(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(folder: Path) -> None:
    """Wait until what was created or removed in a folder is on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _write(draft: Path, content: bytes) -> None:
    with draft.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
