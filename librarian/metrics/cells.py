"""How do all processes of a service count together? In memory they share, a row for each process.

It is made before the processes are forked. A process takes a row when it begins, and shows by
a lock on the row's byte of a file (fcntl) that it lives: the system takes the lock back when it
dies, however it dies. Its successor goes on with what it counted; only what stands for work under
way begins at nothing again. A process never waits for another: each writes its own row alone.
"""

import mmap
import threading
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from librarian.claims import Claims
from librarian.perprocess import process

SIZE = 8
"""Bytes of a number (IEEE 754 double), which is read and written at once."""


Row: TypeAlias = "memoryview[float]"


class Cells:
    """A table of numbers: a column for each thing that is counted, a row for each process."""

    def __init__(self, columns: int, rows: int, passing: Sequence[int] = ()) -> None:
        """Make it; what is counted in the columns of `passing` ends with its process."""
        self._columns, self._count, self._passing = columns + 1, rows, passing
        self._claims = Claims()
        self._shared = memoryview(mmap.mmap(-1, rows * self._columns * SIZE)).cast("d")
        self._lock = threading.Lock()
        self._mine: int | None = None
        self._process = 0
        self._row = self._alone()

    def begin(self) -> None:
        """Take the first free row; one more process than was thought of counts for itself alone."""
        with self._lock:
            if self._process == process():
                return
            at = next((at for at in range(self._count) if self._claims.take(at)), None)
            row = self._alone() if at is None else self._at(at)
            if at is not None:
                row[-1] = 1.0
                for column in self._passing:
                    row[column] = 0.0
            self._mine, self._row, self._process = at, row, process()

    def add(self, *amounts: tuple[int, float]) -> None:
        """Add to columns of this process, all at once."""
        if self._process != process():
            self.begin()
        row = self._row
        with self._lock:
            for column, amount in amounts:
                row[column] += amount

    def observe(self, bucket: int, total: int, value: float) -> None:
        """Count one value in the column of its bucket, and add it to another, at once."""
        if self._process != process():
            self.begin()
        row = self._row
        with self._lock:
            row[bucket] += 1.0
            row[total] += value

    def sums(self) -> list[float]:
        """Add up every column over all processes that there are or were."""
        rows = list(self._rows())
        sums = [sum(column) for column in zip(*rows, strict=True)] or [0.0] * self._columns
        living = [row for at, row in enumerate(rows) if self._lives(at)]
        for column in self._passing:
            sums[column] = sum(row[column] for row in living)
        return sums

    @property
    def living(self) -> int:
        """How many processes have a row and live."""
        return sum(1 for at, _ in enumerate(self._rows()) if self._lives(at))

    def _rows(self) -> Iterator[Row]:
        """Give the rows that were ever taken; they are taken in order."""
        for at in range(self._count):
            row = self._at(at)
            if not row[-1]:
                return
            yield row

    def _at(self, row: int) -> Row:
        whole: Any = self._shared
        found: Row = whole[row * self._columns : (row + 1) * self._columns]
        return found

    def _alone(self) -> Row:
        return memoryview(bytearray(self._columns * SIZE)).cast("d")

    def _lives(self, row: int) -> bool:
        """Say whether the process of a row lives; its own lock must not be touched."""
        if self._process == process() and row == self._mine:
            return True
        with self._lock:
            if not self._claims.take(row):
                return True
            self._claims.give_back(row)
        return False
