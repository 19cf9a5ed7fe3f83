"""What makes today's hashes of addresses unlike yesterday's? A salt that lives for one day (UTC).

It lies in a small file, so that all processes of this machine share it and a restart keeps it. The
first who needs one on a new day deletes the older ones, and so does every start: with a salt gone,
nobody can try out which address a hash was made of. Each machine has salts of its own.
"""

import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from librarian.disk import folder
from librarian.stage import Exists, StoreError

NAME = re.compile(r"salt-([0-9]{8})")
BYTES = 32


class Salt:
    """The salt of the day, in a folder of this machine."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory
        self._known = ("", b"")
        self._lock = Lock()

    def today(self) -> bytes:
        """Give the salt of today, made if there is none yet. Raises StoreError."""
        day = _day()
        with self._lock:
            if self._known[0] != day:
                self._known = day, self._of(day)
            return self._known[1]

    def forget(self) -> None:
        """Delete the salts of other days. Raises StoreError."""
        self._forget(_day())

    def _of(self, day: str) -> bytes:
        name = f"salt-{day}"
        with folder.told("the folder of the salt could not be made"):
            folder.make(self._folder)
            self._folder.chmod(0o700)
        with suppress(Exists):
            folder.create(self._folder, name, secrets.token_bytes(BYTES))
        found = folder.read(self._folder, name)
        if found is None or len(found) != BYTES:
            raise StoreError("the salt of the day is damaged")
        self._forget(day)
        return found

    def _forget(self, day: str) -> None:
        with folder.told("old salts could not be deleted"):
            if not self._folder.is_dir():
                return
            old = [p.name for p in self._folder.iterdir() if NAME.fullmatch(p.name)]
        for name in old:
            if name != f"salt-{day}":
                folder.remove(self._folder, name)


def _day() -> str:
    return datetime.now(UTC).strftime("%Y%m%d")
