"""What is signed with? One secret for all machines, LIBRARIAN_SECRET, and for each use a key of it.

The embedded default makes one when it first needs it and keeps it in its folder. A configured
service without one signs nothing that is to last: another machine could not read it.
"""

import hmac
import logging
import secrets
from pathlib import Path
from typing import Self

from librarian.disk import private
from librarian.settings import Settings
from librarian.stage import StoreError

log = logging.getLogger(__name__)
NAME = "secret"
BYTES = 32


class Secret:
    """The secret of one service: told, kept in a folder of this machine, or none."""

    def __init__(self, told: str = "", directory: Path | None = None) -> None:
        self._known, self._folder = told, directory
        self._keys: dict[str, bytes] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Give the one of a service."""
        directory = Path(settings.data_dir) if settings.embedded else None
        return cls(settings.secret.get_secret_value(), directory)

    def key(self, use: str) -> bytes | None:
        """Give the key for one use, 32 bytes; None where there is no secret, or none to be had."""
        if use in self._keys:
            return self._keys[use]
        if not self._known and self._folder is not None:
            try:
                self._known, _ = private.made(
                    self._folder, NAME, lambda: secrets.token_urlsafe(BYTES)
                )
            except StoreError as error:
                log.error("nothing can be signed: %s", error)
        if not self._known:
            return None
        made = hmac.digest(self._known.encode(), f"librarian {use}".encode(), "sha256")
        return self._keys.setdefault(use, made)
