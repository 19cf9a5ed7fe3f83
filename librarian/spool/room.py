"""How much room is taken in the spool? One number in a file, which all processes keep.

It is never too small: room is taken before a record is written, and given back after it is gone.
What a killed process took and did not give back is set right when a deliverer begins.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from librarian.disk import folder
from librarian.disk.locks import locked
from librarian.stage import StoreError


class Full(StoreError):
    """There is no room for this record."""


class Room:
    """The bytes that records take, waiting and dead ones, and the most that they may."""

    def __init__(self, path: Path, most: int) -> None:
        self._path, self.most = path, most

    @property
    def taken(self) -> int:
        """The bytes that are taken."""
        try:
            return int(self._path.read_bytes() or b"0")
        except (OSError, ValueError):
            return 0

    @property
    def full(self) -> bool:
        """Whether not even a small record fits."""
        return self.taken >= self.most

    def take(self, size: int, *, within: bool = True) -> None:
        """Take room for a record. Raises Full where it is not `within` the bounds, StoreError."""
        with self._changing() as taken:
            if within and taken + size > self.most:
                raise Full("the spool is full")
            self._note(taken + size)

    def give(self, size: int) -> None:
        """Give room back."""
        with self._changing() as taken:
            self._note(max(0, taken - size))

    def set(self, size: int) -> None:
        """Say how much is taken."""
        with self._changing():
            self._note(size)

    @contextmanager
    def _changing(self) -> Iterator[int]:
        with locked(self._path.with_name("locks") / "room"):
            yield self.taken

    def _note(self, size: int) -> None:
        draft = self._path.with_suffix(".draft")
        with folder.told("the spool could not be written"):
            draft.write_bytes(b"%d" % size)
            draft.replace(self._path)
