"""Which process has which place? Locks on the bytes of a file without a name.

The system takes them back when a process dies, however it dies.
"""

import fcntl
import itertools
import os
import tempfile
import weakref


def nameless() -> int:
    """Make a file without a name, to be locked by the processes that are made after it."""
    # flock would not keep apart the processes that inherit it; fcntl's locks do
    file, path = tempfile.mkstemp()
    os.unlink(path)  # noqa: PTH108 - it is never a Path
    return file


class Claims:
    """Places, each of which one process has at most; to be made before the processes are forked."""

    def __init__(self) -> None:
        self._file = nameless()
        weakref.finalize(self, os.close, self._file)

    def take(self, place: int) -> bool:
        """Take a place for this process; say whether no other has it."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):  # POSIX allows either
            return False
        return True

    def first(self) -> int:
        """Take the first place that no other process has."""
        return next(place for place in itertools.count() if self.take(place))

    def give_back(self, place: int) -> None:
        """Let others have it."""
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)
