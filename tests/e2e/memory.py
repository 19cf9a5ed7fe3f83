"""How much memory does a running service take? All its processes, as the system counts it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20
EVERY = 0.02
"""Seconds between two looks."""


@dataclass
class Meter:
    """What was seen while it ran, in bytes: at first, and at most."""

    idle: int = 0
    most: int = 0

    def see(self, group: int) -> None:
        """Look once."""
        self.most = max(self.most, used(group))


def used(group: int) -> int:
    """Add up the memory of a process group: what each process has alone, and its share of the rest.

    That is proportional set size (proc(5), smaps_rollup): what several processes share, like the
    program and its libraries, counts once.
    """
    return sum(_proportional(process) for process in processes(group))


def processes(group: int) -> list[int]:
    """List the processes of a group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getpgid(int(entry.name)) == group:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found


@contextmanager
def metered(group: int) -> Iterator[Meter]:
    """Look at a process group again and again while the block runs."""
    meter, done = Meter(idle=used(group)), threading.Event()

    def look() -> None:
        while not done.wait(EVERY):
            meter.see(group)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield meter
    finally:
        done.set()
        looking.join()
        meter.see(group)


def _proportional(process: int) -> int:
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has ended meanwhile
    return sum(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("Pss:"))
