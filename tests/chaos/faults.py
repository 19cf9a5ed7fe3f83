"""What breaks beside the stores' connections? Workers, whole services, the disk, the power."""

import os
import random
import resource
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.process import Process, wait_for

ROOM = 16 * 2**10
"""Bytes that a contribution may take on the small disk that is filled, with all beside it."""
IMAGE = 2 * 2**30
"""Bytes of the disk that loses power; a sparse file, most of it never written."""


def workers(*services: Process) -> list[int]:
    """Give the processes that a service's first process has made."""
    found: list[int] = []
    for service in services:
        with suppress(OSError):
            task = Path(f"/proc/{service.pid}/task/{service.pid}/children")
            found += map(int, task.read_text().split())
    return found


def kill(*processes: int) -> None:
    """End processes as the system does when memory is short: at once, without a word."""
    for each in processes:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


@contextmanager
def killing(services: Iterable[Process], every: float) -> Iterator[Callable[[], int]]:
    """Kill one worker of each service again and again; give how many were killed up to now."""
    dice, ended, killed = random.Random(), threading.Event(), [0]

    def run() -> None:
        while not ended.wait(every):
            for service in services:
                alive = workers(service)
                if alive:
                    kill(dice.choice(alive))
                    killed[0] += 1

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield lambda: killed[0]
    finally:
        ended.set()
        thread.join()


def lose_all(service: Process) -> None:
    """Kill a service with everything it started, at one stroke, and wait until all are gone."""
    members = workers(service)
    with suppress(ProcessLookupError):
        os.killpg(service.pid, signal.SIGKILL)
    service.stop()
    wait_for(lambda: all(map(_gone, members)))


class Disk:
    """A disk of a service's own: it can be full, and, where it may be mounted, lose its power."""

    def __init__(self, folder: Path) -> None:
        self.at = folder / "disk"
        self.at.mkdir()
        self.mounted = False
        self._image = folder / "disk.image"

    def fill(self, service: Process) -> None:
        """Take all the room there is; where nothing is mounted, forbid files to grow."""
        if not self.mounted:
            _limit(service, 0)
            return
        with (self.at / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(b"\xff" * 4096)

    def free(self, service: Process) -> None:
        """Give the room back."""
        if not self.mounted:
            _limit(service, resource.RLIM_INFINITY)
        (self.at / "ballast").unlink(missing_ok=True)

    def cut_power(self) -> None:
        """Lose whatever is not on the disk yet; nothing may have a file of it open.

        The image beneath holds what the file system has written back or was told to sync, and
        nothing else: a copy of it is what a machine finds after its power is back.
        """
        if not self.mounted:
            return
        copy = self._image.with_suffix(".copy")
        _run("cp", "--sparse=always", str(self._image), str(copy))
        _unmount(self.at)
        copy.rename(self._image)
        _run("mount", "-o", "loop", str(self._image), str(self.at))

    def mount_small(self, room: int) -> None:
        """Mount little memory as a disk, where that is permitted."""
        self.mounted = _permitted("mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", self.at)

    def mount_image(self) -> None:
        """Mount a file as a disk, where that is permitted."""
        if shutil.which("mkfs.ext4") is None:
            return
        with self._image.open("wb") as image:
            image.truncate(IMAGE)
        _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=1", str(self._image))
        self.mounted = _permitted("mount", "-o", "loop", self._image, self.at)

    def unmount(self) -> None:
        """Take it away again."""
        if self.mounted:
            _unmount(self.at)
            self.mounted = False


@contextmanager
def small_disk(folder: Path, contributions: int) -> Iterator[Disk]:
    """Lend a disk that is soon full, though there is room enough for so many contributions."""
    disk = Disk(folder)
    disk.mount_small(32 * 2**20 + contributions * ROOM)
    try:
        yield disk
    finally:
        disk.unmount()


@contextmanager
def weak_disk(folder: Path) -> Iterator[Disk]:
    """Lend a disk that may lose power."""
    disk = Disk(folder)
    disk.mount_image()
    try:
        yield disk
    finally:
        disk.unmount()


def _limit(service: Process, most: int) -> None:
    for each in (service.pid, *workers(service)):
        with suppress(ProcessLookupError):
            hard = resource.prlimit(each, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(each, resource.RLIMIT_FSIZE, (most, hard))


def _gone(process: int) -> bool:
    """Say whether a process has ended, though nobody may have asked for its end yet (a zombie)."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return True
    return text.rpartition(")")[2].split()[0] in "ZX"


def _unmount(at: Path) -> None:
    """Unmount; what a process had open that was just killed is let go a moment later."""
    wait_for(lambda: _permitted("umount", at))


def _permitted(*command: str | Path) -> bool:
    if os.geteuid() != 0:
        return False
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def _run(*command: str) -> None:
    subprocess.run(command, capture_output=True, timeout=60, check=True)
