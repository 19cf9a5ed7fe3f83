"""How are the places of a quota given away? Held while a record is stored, then kept or freed.

A bucket is what one quota counts together. An attempt to store takes a place in it; attempts under
one uid share a place, for at most one of them is stored. A place whose attempt died is free again
after a time.
"""

from typing import Protocol


class Places(Protocol):
    """What counts quotas, atomically for all who ask."""

    def take(self, bucket: str, uid: str, attempt: str, *, most: int, seconds: float) -> bool:
        """Hold a place for so long, if there is one; say whether there was."""

    def keep(self, bucket: str, uid: str, *, until: float | None) -> None:
        """Count a stored record, until a Unix time or for good; its uid holds no place any more."""

    def free(self, bucket: str, uid: str, attempt: str) -> None:
        """Give back what an attempt holds; to do so twice is no fault."""
