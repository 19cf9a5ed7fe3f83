"""How far is a long task? A line on a terminal that is written anew; nothing anywhere else."""

import shutil
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

T = TypeVar("T")
PAUSE = 0.1
"""Seconds between two looks of the line."""
BAR = 20


class Progress:
    """Counts what goes by, and says how fast."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream if stream.isatty() else None

    def over(self, things: Iterable[T], doing: str, total: int = 0) -> Iterator[T]:
        """Yield the things and show how many there were; with a bar where the total is known."""
        began, shown, count = time.monotonic(), 0.0, 0
        for count, thing in enumerate(things, 1):
            now = time.monotonic()
            if self._stream and now - shown > PAUSE:
                rate = f"{count / max(now - began, PAUSE):,.0f}/s"
                of = f"{count:,} of {total:,}" if total else f"{count:,}"
                left = (total - count) * (now - began) / count if total else 0
                still = f", {_said(left)} left" if left > 1 else ""
                self.show(doing, count, total, f"{of}, {rate}{still}")
                shown = now
            yield thing
        self.clear()

    def show(self, doing: str, count: int, total: int, said: str) -> None:
        """Write the line anew; with a bar where the total is known."""
        filled = min(BAR, BAR * count // total) if total else 0
        bar = f" [{'#' * filled}{'.' * (BAR - filled)}]" if total else ""
        if self._stream:
            line = f"{doing}{bar} {said}"
            self._stream.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
            self._stream.flush()

    def clear(self) -> None:
        """Take the line away, so that others can write."""
        if self._stream:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _said(seconds: float) -> str:
    """Write how long something takes: 1:05:09, 12:30, 9 s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
