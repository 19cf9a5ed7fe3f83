"""What does a server take of the machine? Time and memory of all its processes, off /proc."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROCESSORS = len(os.sched_getaffinity(0))
OFTEN = 0.5
"""Seconds between two looks at the memory; each holds up who has much of it for milliseconds."""


@dataclass
class Peak:
    """The most memory seen so far, in bytes."""

    bytes: int = 0


def cpu(leader: int) -> float:
    """Tell the seconds of processor time that a session has taken, those of its dead included.

    What a dead process took is counted with the parent that has waited for it (proc(5), cutime).
    """
    ticks = 0
    for pid in members(leader):
        with suppress(OSError):
            ticks += sum(map(int, _stat(pid)[11:15]))
    return ticks / TICKS


def memory(leader: int) -> int:
    """Tell the bytes of memory a session holds: PSS, in which shared pages are shared out."""
    found = 0
    for pid in members(leader):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    found += int(line.split()[1]) * 1024
    return found


def members(leader: int) -> Iterator[int]:
    """Give the processes of the session that a process leads."""
    for each in Path("/proc").glob("[1-9]*"):
        with suppress(OSError):
            if int(_stat(int(each.name))[3]) == leader:
                yield int(each.name)


@contextmanager
def watched(leader: int) -> Iterator[Peak]:
    """Look at a session's memory again and again while the block runs."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        while not over.wait(OFTEN):
            peak.bytes = max(peak.bytes, memory(leader))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _stat(pid: int) -> list[str]:
    """Give what follows a process's name in /proc/PID/stat: its state, parent, group, session."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
