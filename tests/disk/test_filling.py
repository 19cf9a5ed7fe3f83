"""Is a file filled whole, and is what is large not kept in memory, where the system can do so?"""

import ctypes
import errno
import mmap
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from librarian.disk import filling

SIZES = [0, 1, 4096, filling.LARGE - 1, filling.LARGE, filling.LARGE + 1, 2**20 + 333]
MEMORY_DISK = Path("/dev/shm")
CONTENT = os.urandom(2**20 + 333)


@contextmanager
def created(folder: Path) -> Iterator[tuple[int, Path]]:
    path = folder / f"filled-{os.urandom(8).hex()}"
    opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    try:
        yield opened, path
    finally:
        os.close(opened)
        path.unlink()


def in_memory(path: Path) -> int:
    """Count the pages of a file that the page cache holds (mincore(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        held = (ctypes.c_ubyte * -(-len(mapped) // mmap.PAGESIZE))()
        begin = ctypes.c_char.from_buffer(mapped)
        try:
            where, size = ctypes.c_void_p(ctypes.addressof(begin)), ctypes.c_size_t(len(mapped))
            assert libc.mincore(where, size, held) == 0
        finally:
            del begin
        return sum(each & 1 for each in held)


def knows_how(folder: Path) -> bool:
    """Ask the system itself, past the code that is tried."""
    with created(folder) as (opened, _):
        try:
            return os.pwritev(opened, [b"tried"], 0, 0x80) > 0
        except OSError as error:
            return error.errno != errno.EOPNOTSUPP


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_filled_whole(tmp_path: Path, size: int) -> None:
    with created(tmp_path) as (opened, path):
        filling.fill(opened, CONTENT[:size])
        assert path.read_bytes() == CONTENT[:size]


@pytest.mark.skipif(not MEMORY_DISK.is_dir(), reason="this system has no disk in memory")
@pytest.mark.parametrize("size", SIZES)
def test_so_is_one_on_a_disk_that_is_memory(size: int) -> None:
    with created(MEMORY_DISK) as (opened, path):
        filling.fill(opened, CONTENT[:size])
        assert path.read_bytes() == CONTENT[:size]


def test_what_is_large_is_not_kept_in_memory_and_what_is_small_is(tmp_path: Path) -> None:
    if not knows_how(tmp_path):
        pytest.skip("this system, or its disk, cannot write past the page cache so")
    with created(tmp_path) as (opened, path):
        filling.fill(opened, CONTENT)
        until = time.monotonic() + 30
        while in_memory(path) > 2:  # the system lets it go when the disk has it
            assert time.monotonic() < until
            time.sleep(0.01)
    with created(tmp_path) as (opened, path):
        filling.fill(opened, CONTENT[: filling.LARGE - 1])
        assert in_memory(path) == filling.LARGE // mmap.PAGESIZE


@pytest.mark.parametrize("number", sorted(filling.UNKNOWN))
def test_a_system_that_cannot_do_so_writes_as_ever(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pwritev", refused)
    with created(tmp_path) as (opened, path):
        filling.fill(opened, CONTENT)
        assert path.read_bytes() == CONTENT


def test_what_was_not_taken_at_once_is_written_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def some(opened: int, contents: Sequence[bytes], *_: object) -> int:
        return os.write(opened, contents[0][:70_001])

    monkeypatch.setattr(os, "pwritev", some)
    with created(tmp_path) as (opened, path):
        filling.fill(opened, CONTENT)
        assert path.read_bytes() == CONTENT


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwritev", full)
    with created(tmp_path) as (opened, _), pytest.raises(OSError, match="No space left"):
        filling.fill(opened, CONTENT)
