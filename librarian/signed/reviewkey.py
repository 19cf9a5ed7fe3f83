"""Which review key has the embedded default? One that it makes at its first start.

It lies in the folder beside what it opens, in a file that only its owner can read, so that it can
be looked up later; without the file, the next start makes another. What is compared is its hash,
made anew from the file, so that a key that is taken away ends at once, and its sessions with it.
"""

from pathlib import Path
from typing import Self

from librarian.access import keys
from librarian.disk import private
from librarian.settings import Settings
from librarian.stage import StoreError

NAME = "review-key"
CALLED = "owner"
"""Its name in the audit trail."""


class ReviewKey:
    """The review key in a folder of this machine."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Give the one of a service, None where it has review keys of its owner's or needs none."""
        told = settings.access is not None and settings.access.review
        return None if told or not settings.embedded else cls(Path(settings.data_dir))

    @property
    def place(self) -> Path:
        """The file that it lies in."""
        return self._folder / NAME

    def made(self) -> tuple[str, bool]:
        """Give the key, made if there is none yet; and whether it was made now.

        Raises StoreError.
        """
        return private.made(self._folder, NAME, keys.make)

    def known(self) -> tuple[keys.Key, ...]:
        """Give what it is compared with, nothing where none was made. Raises StoreError."""
        text = private.read(self._folder, NAME)
        return () if text is None else (keys.parse(keys.entry_of(text, CALLED)),)


def told(settings: Settings, address: str) -> str:
    """Say where the desk is and which key opens it, empty where none does.

    A key that is made now is part of the link, after `#`, which browsers keep to themselves.
    """
    desk = f"{address}/desk"
    own = ReviewKey.of(settings)
    if own is None:
        asks = settings.access is not None and settings.access.review
        return f"{desk} (asks for a review key)" if asks else ""
    try:
        key, new = own.made()
    except StoreError as error:
        return f"no review key could be kept in {settings.data_dir}: {error}"
    return f"{desk}#key={key}" if new else f"{desk} (its key: {own.place})"
