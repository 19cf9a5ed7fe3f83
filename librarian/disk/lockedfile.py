"""How does one worker at a time change a file? Open under a lock, written through to the disk.

One lock on the file (flock) keeps processes apart, one in memory the threads of each. Both are
waited for with patience, not for ever.
"""

import fcntl
import mmap
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from librarian.disk import folder
from librarian.disk.database import PATIENCE
from librarian.disk.layout import Text
from librarian.stage import StoreError


class LockedFile:
    """One file that is only ever open to one worker."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._locks: dict[int, threading.Lock] = {}

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Lend the open file while nobody else, thread or process, works on it."""
        deadline = time.monotonic() + PATIENCE
        lock = self._locks.setdefault(os.getpid(), threading.Lock())  # none comes over a fork
        if not lock.acquire(timeout=PATIENCE):
            raise StoreError("the file is busy")
        try:
            with folder.told("the file could not be opened"):
                file = self._open(deadline)
            try:
                yield file
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)  # closing is not enough where a fork shares it
                os.close(file)
        finally:
            lock.release()

    def _open(self, deadline: float) -> int:
        folder.make(self.path.parent)
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _lock(file, deadline)
                if os.fstat(file).st_ino == self.path.stat().st_ino:
                    return file
            except FileNotFoundError:
                pass  # moved away while it was waited for
            except BaseException:
                os.close(file)
                raise
            os.close(file)


@contextmanager
def text(file: int) -> Iterator[Text]:
    """Lend the whole file as bytes, without reading more of it than is looked at."""
    if os.fstat(file).st_size == 0:
        yield b""
        return
    with closing(mmap.mmap(file, 0, access=mmap.ACCESS_READ)) as content:
        yield content


def write(file: int, content: bytes, at: int) -> None:
    """Let the file end with this, durably."""
    size = os.fstat(file).st_size
    # what is left of the old end is blanked first, so that who reads meanwhile finds it whole
    overwrite(file, content + b" " * (size - at - len(content)), at)
    os.ftruncate(file, at + len(content))
    os.fsync(file)


def overwrite(file: int, content: bytes, at: int) -> None:
    """Write these bytes at this place, all of them."""
    while content:
        done = os.pwrite(file, content, at)
        content, at = content[done:], at + done


def restore(file: int, rest: bytes, end: int, before: os.stat_result) -> None:
    """Put the old end back, and the time of change, so that the index fits again."""
    try:
        write(file, rest, end)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    except OSError as error:
        message = f"a write could not be taken back: {type(error).__name__}"
        raise StoreError(message, unsure=True) from error


def _lock(file: int, deadline: float) -> None:
    pause = 0.0005
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreError("the file is busy") from None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.01)
