"""Which bytes can nobody guess? The system's own (getrandom(2)), drawn some thousand at a time.

Each call of the system is a moment at which a busy process goes on with another thread.
"""

import os
from threading import Lock

from librarian.perprocess import PerProcess

DRAWN = 4096
"""Bytes that are drawn at one time, and each given once."""


class _Pool:
    """What one process has drawn and not given yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._drawn = b""

    def take(self, count: int) -> bytes:
        with self._lock:
            if len(self._drawn) < count:
                self._drawn = os.urandom(max(DRAWN, count))
            taken, self._drawn = self._drawn[:count], self._drawn[count:]
        return taken


_POOL = PerProcess(_Pool)
"""No process goes on with what another has drawn: they would mint the same."""


def token_hex(count: int) -> str:
    """Give so many bytes of chance as hexadecimal digits, two for each."""
    return _POOL.get().take(count).hex()
