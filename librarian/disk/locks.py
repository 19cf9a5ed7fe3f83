"""How do the processes of one machine agree? By locks on files, which end with their process."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from librarian.disk import folder


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold a lock (flock); without waiting for it, say whether it could be had.

    Raises StoreError.
    """
    with folder.told("a lock could not be had"):
        folder.make(path.parent)
        file = path.open("ab")
    with file:
        had = True
        with folder.told("a lock could not be had"):
            try:
                kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
                fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
            except BlockingIOError:
                had = False
        yield had
