"""What can be wrong with one thing: a fault of a contribution, a fault of the configuration."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a contribution, said so that its contributor understands it.

    `path` leads from the part that was looked at to the fault: `("box", "x")` in the labels, `()`
    for a whole image. `stage` is the slug of another stage than the one of the chain that reports
    the fault (an image validator that finds a PDF reports it as `type`).
    """

    rule: str
    message: str
    path: Path = ()
    stage: str = ""
    limit: Any = None
    actual: Any = None


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One fault of the configuration: where it is, what is wrong, what is allowed there."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ConfigError(Exception):
    """The configuration cannot be used; carries every problem found, never a secret's value."""

    def __init__(self, problems: Iterable[ConfigProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant: ` Did you mean "img"?`, or nothing."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f' Did you mean "{by_lower[found[0]]}"?' if found else ""
