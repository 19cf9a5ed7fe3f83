"""How is a run of several threads interrupted? By a flag that is looked at where nothing is locked.

Ctrl-C raises in the midst of whatever the first thread does; if that is a lock which the others
need, they wait for ever (Python, signal, "Signals and threads").
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Interrupt:
    """Whether Ctrl-C was pressed."""

    asked: bool = False

    def heed(self) -> None:
        """Raise KeyboardInterrupt if it was."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def noted() -> Iterator[Interrupt]:
    """Let Ctrl-C only be noted while the block runs; only the first thread is told of it at all."""
    interrupt = Interrupt()

    def note(*_: object) -> None:
        interrupt.asked = True

    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
