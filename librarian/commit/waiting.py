"""What of a record may wait beside the stores? What the service accepted and did not store yet.

A spool, where there is one, is asked by these words: it stands on a floor above.
"""

from collections.abc import Sequence
from typing import Protocol

from librarian.commit.plan import Attempt
from librarian.record import Record


class Kept(Protocol):
    """One attempt that waits, or that was put aside because no store took it."""

    @property
    def record(self) -> Record:
        """What is to be stored."""

    @property
    def attempt(self) -> Attempt:
        """The attempt that is to store it."""


class Waiting(Protocol):
    """The records of one machine that wait for their stores."""

    def holds(self, uid: str) -> bool:
        """Say whether a record waits to be delivered under a uid."""

    def attempts(self, uid: str) -> Sequence[Kept]:
        """Give all that is kept under a uid, also what was put aside. Raises StoreError."""

    def forget(self, uid: str) -> None:
        """Remove all of that. Raises StoreError, also while something of it is being delivered."""
