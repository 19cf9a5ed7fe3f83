"""How does a server of the tests run, and end for sure? In a session of its own, never alone.

It is ended by the test that holds it, at the exit of the process that started it, and on Linux by
the system when that process is killed.
"""

import atexit
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
HOST = "127.0.0.1"
PATIENCE = 60.0
"""Seconds to wait for a server to answer; reached only where something is broken."""
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Missing(Exception):
    """A server that the tests need is not on this machine, or does not start."""


@dataclass(frozen=True)
class Process:
    """A server process that can be stopped and started again on the same port."""

    name: str
    command: tuple[str, ...]
    answers: Callable[[], bool]
    log: Path
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def start(self) -> None:
        """Start it and wait until it answers. Raises Missing."""
        with self.log.open("ab") as log, GIVING:  # a fork has all our sockets
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self._running.append(process)
        atexit.register(self.stop)
        until = time.monotonic() + PATIENCE
        while not self.answers():
            if process.poll() is not None or time.monotonic() > until:
                self.stop()
                said = self.log.read_text(errors="replace")[-2000:]
                raise Missing(f"{self.name} does not start: {said}")
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """The process that was started; it leads a group of its own."""
        return self._running[-1].pid

    def stop(self) -> None:
        """End it, with whatever it started, and wait until it is gone."""
        while self._running:
            process = self._running.pop()
            if not _signalled(process, signal.SIGTERM):
                _signalled(process, signal.SIGKILL)
        atexit.unregister(self.stop)

    def end(self) -> None:
        """End it at once, whatever it is doing: for where nothing is looked at any more."""
        while self._running:
            _signalled(self._running.pop(), signal.SIGKILL)
        atexit.unregister(self.stop)


GIVEN: set[int] = set()
GIVING = threading.Lock()


def free_port() -> int:
    """Find a port that nobody uses, and give it to nobody else in this test run.

    It is below those that the system gives to outgoing connections, and each process of a parallel
    run has a range of its own, because a server takes its port only some time later.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    first = 12_000 + int(worker) % 4 * 4_500
    with GIVING:
        while True:
            port = random.SystemRandom().randrange(first, first + 4_500)
            if port in GIVEN:
                continue
            with socket.socket() as tried, suppress(OSError):
                tried.bind((HOST, port))
                GIVEN.add(port)
                return port


def wait_for(met: Callable[[], T]) -> T:
    """Ask again and again, for a minute, until something is the case; give what it is."""
    until = time.monotonic() + PATIENCE
    while not (found := met()):
        assert time.monotonic() < until, "what is waited for does not come"
        time.sleep(0.01)
    return found


@contextmanager
def a_folder() -> Iterator[Path]:
    """Lend a folder for a server to keep its things in."""
    folder = Path(tempfile.mkdtemp(prefix="librarian-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(process: Process) -> Iterator[Process]:
    process.start()
    try:
        yield process
    finally:
        process.stop()


def _signalled(process: "subprocess.Popen[bytes]", sign: signal.Signals) -> bool:
    """Send a signal to a process and all it started; say whether it ended."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sign)
    try:
        process.wait(10.0)
    except subprocess.TimeoutExpired:
        return False
    return True


def _die_with_parent() -> None:
    if LIBC is not None:
        LIBC.prctl(DIE_WITH_PARENT, signal.SIGKILL)
