"""How is a secret of this machine kept? In a file of its own, made once, for nobody else to read.

Whoever needs it first makes it, of several processes exactly one; a restart finds it again.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from librarian.disk import folder
from librarian.stage import Exists, StoreError

OWNER_ONLY = 0o600
SHORTEST = 32
"""Characters below which a file is damaged: what is kept here is made by this service."""


def read(directory: Path, name: str) -> str | None:
    """Give the text, None where none was made yet. Raises StoreError, also for a damaged file."""
    found = folder.read(directory, name)
    if found is None:
        return None
    text = found.decode("ascii", "replace").strip()
    if len(text) < SHORTEST or not text.isascii() or not text.isprintable():
        raise StoreError(f"the file {name} is damaged")
    return text


def made(directory: Path, name: str, make: Callable[[], str]) -> tuple[str, bool]:
    """Give the text, made if there is none yet; and whether it was made here. Raises StoreError."""
    text = read(directory, name)
    if text is not None:
        return text, False
    mine = make()
    with suppress(Exists):
        folder.create(directory, name, f"{mine}\n".encode(), mode=OWNER_ONLY)
        return mine, True
    return made(directory, name, make)  # somebody else was first
