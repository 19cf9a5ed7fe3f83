"""What became of each of many contributions, and how is that told on a terminal?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Done = Literal["sent", "imported"]
Word = Done | Literal["already there", "refused", "failed"]
WELL = frozenset[Word]({"sent", "imported", "already there"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one contribution, and why, in sentences."""

    name: str
    word: Word
    reasons: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether the stores have it."""
        return self.word in WELL


def told(outcome: Outcome) -> list[str]:
    """Say what became of one contribution; what went well needs no line."""
    if outcome.well:
        return []
    first, *more = outcome.reasons
    return [f"{outcome.name}: {outcome.word}: {first}", *(f"    {each}" for each in more)]


def summary(done: Done, counts: Mapping[Word, int]) -> str:
    """Say how many were done, already there, refused and failed."""
    words: tuple[Word, ...] = (done, "already there", "refused", "failed")
    return ", ".join(f"{word} {counts.get(word, 0)}" for word in words)
