"""What did a service answer, and is that the last word?

Only a receipt is a success: whatever else comes with 200 is somebody in between.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

PASSING = frozenset({408, 425, 429})
"""Statuses that may pass, besides 5xx."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service, or somebody in its place, answered."""

    status: int
    told: Mapping[str, Any]
    retry_after: float = 0.0
    """Seconds that it asks to wait."""

    @property
    def stored(self) -> bool:
        """Whether this is a receipt."""
        return 200 <= self.status < 300 and "uid" in self.told

    @property
    def replayed(self) -> bool:
        """Whether it was stored by an earlier request."""
        return bool(self.told.get("replayed"))

    @property
    def settled(self) -> bool:
        """Whether the same request would be answered in the same way again."""
        passing = self.status < 400 or self.status in PASSING or self.status >= 500
        return self.stored or not self.told.get("retryable", passing)

    @property
    def detail(self) -> str:
        """Say in one sentence what was wrong."""
        detail = self.told.get("detail")
        if isinstance(detail, str):
            return f"{detail} ({self.status} {self.told.get('type', '')})"
        return f"The service answered {self.status} and did not say why."

    @property
    def reasons(self) -> tuple[str, ...]:
        """Say everything that was wrong."""
        messages = (str(each.get("message")) for each in self._faults)
        return (self.detail, *(each for each in messages if each != self.told.get("detail")))

    @property
    def _faults(self) -> Sequence[Mapping[str, Any]]:
        errors = self.told.get("errors")
        listed = errors if isinstance(errors, list) else []
        return [each for each in listed if isinstance(each, dict)]


def told(content: bytes) -> Mapping[str, Any]:
    """Read an answer's JSON object; nothing where it has none."""
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def wait(said: str | None) -> float:
    """Read Retry-After (RFC 9110), seconds or a date, as seconds from now."""
    if not said:
        return 0.0
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time())
    except ValueError:
        return 0.0
