"""How do the steps of one stage run? In order, each over the parts it sees; undone newest first."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from librarian.breaker import Breaker
from librarian.problem import Problem
from librarian.record import Stored
from librarian.stage import Stage, StoreError

log = logging.getLogger(__name__)
UNTIMED = nullcontext()


@dataclass(frozen=True, slots=True)
class Step:
    """One component in its place: where the configuration names it, and what it applies to."""

    component: Any
    path: str
    input: str = ""
    """The tag of the one input it applies to; empty: all."""
    on_fail: Literal["refuse", "flag"] = "refuse"
    breaker: Breaker = field(default_factory=Breaker, compare=False, repr=False)
    """Lets no call through to a store that is down, or once the time is up."""
    timed: Callable[[str], AbstractContextManager[None]] = field(
        default=lambda _: UNTIMED, compare=False, repr=False
    )
    """Times one call of a store, told its verb."""

    def sees(self, part: Any) -> bool:
        """Say whether this part is for this step."""
        return not self.input or part.tag == self.input

    def run(self, thing: Any) -> Iterator[Problem]:
        """Have a validator check one thing it sees."""
        found: Iterator[Problem] = self.component.check(thing)
        return found

    def act(self, key: str, part: Any) -> Stored:
        """Have an actor keep a part. Raises StoreError, Exists."""
        with self.timed("act"), self.breaker:
            stored: Stored = self.component.act(key, part)
            return stored

    def undo(self, stored: Stored) -> None:
        """Have an actor take back what it kept. Raises StoreError."""
        with self.timed("undo"), self.breaker:
            self.component.undo(stored)

    def fetch(self, name: str) -> bytes | None:
        """Have an actor give back what it kept. Raises StoreError."""
        with self.timed("fetch"), self.breaker:
            found: bytes | None = self.component.fetch(name)
            return found


class Outcome(NamedTuple):
    """What one step said of, or did with, one thing: a Problem, or where it is Stored."""

    step: Step
    seen: Any
    result: Any


@dataclass(frozen=True, slots=True)
class Chain:
    """One stage's validators, in order. It never asks what kind of validator it holds."""

    stage: Stage
    steps: tuple[Step, ...] = ()

    def run(self, things: Sequence[Any]) -> Iterator[Outcome]:
        """Have every validator check everything it sees."""
        for step in self.steps:
            for thing in things:
                if step.sees(thing):
                    for problem in step.run(thing):
                        yield Outcome(step, thing, problem)


class Rollback:
    """What one record's actors have done so far, so that it can be taken back, or saved."""

    def __init__(self, saved: Callable[[], bool] = lambda: False) -> None:
        self.saved = saved
        """Keeps the attempt for later, if it can: then nothing is to be taken back."""
        self._done: list[Outcome] = []
        self._late = False

    def push(self, outcome: Outcome) -> None:
        """Remember one thing done."""
        self._done.append(outcome)

    def doubt(self) -> None:
        """Remember that a store did not answer: what it was asked for may come yet."""
        self._late = True

    def undo(self) -> bool:
        """Take everything back, newest first; what fails is logged and hides no other fault.

        Say whether all of it is gone for good.
        """
        gone = not self._late
        while self._done:
            outcome = self._done.pop()
            try:
                outcome.step.undo(outcome.result)
            except StoreError as error:
                gone = False
                step = outcome.step
                log.error("%s could not undo %s: %s", step.path, outcome.result.name, error)
        return gone
