"""Which actors are asked for one record, in which order, and under which names?

data actors -> other label stores -> the mark -> actors that cannot undo (print, webhook)
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from librarian import chance, moment
from librarian.chain import Step
from librarian.commit.journal import Intent
from librarian.component import Fetches, Posts, Undoes
from librarian.record import Deposit, Part, Record, Stored


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at storing a record: what tells its data from another's, and when it began."""

    token: str
    """Stands in the names of its data and in its mark; empty where nobody else can try."""
    received_at: str

    @classmethod
    def at(cls, record: Record) -> "Attempt":
        """Begin an attempt."""
        return cls(chance.token_hex(4) if record.keyed else "", moment.now())


@dataclass(frozen=True, slots=True)
class Plan:
    """The actors of one service, in the order that makes the promise true."""

    data: tuple[Step, ...]
    copies: tuple[Step, ...]
    """Label stores that are not the mark; written before it."""
    mark: Step | None
    late_data: tuple[Step, ...]
    late_labels: tuple[Step, ...]
    """Actors that cannot undo: they act on what is committed, and their failure changes nothing."""
    posts: tuple[Step, ...] = ()
    """Actors that tell others of what is committed, from the outbox."""
    several: bool = False
    """Whether a record may hold several pieces of data, so that each needs a name of its own."""

    @staticmethod
    def ordered(data: Sequence[Step], labels: Sequence[Step]) -> dict[str, Any]:
        """Sort the configured actors by what they can do: the last that can fetch is the mark."""
        marks = [step for step in labels if isinstance(step.component, Fetches)]
        mark = marks[-1] if marks else None
        return {
            "data": tuple(step for step in data if isinstance(step.component, Undoes)),
            "copies": tuple(
                step for step in labels if isinstance(step.component, Undoes) and step is not mark
            ),
            "mark": mark,
            "late_data": tuple(s for s in data if not isinstance(s.component, Undoes)),
            "late_labels": tuple(
                step for step in labels if not isinstance(step.component, Undoes | Posts)
            ),
            "posts": tuple(step for step in labels if isinstance(step.component, Posts)),
        }

    @property
    def stores(self) -> tuple[Step, ...]:
        """Every store that a success needs."""
        return (*self.data, *self.copies, *([self.mark] if self.mark else []))

    def deposits(self, record: Record, attempt: Attempt) -> list[Deposit]:
        """Give each piece of data the name that this attempt keeps it under."""
        return [Deposit(self._key(record, part, attempt.token), part) for part in record.data]

    def writes(self, deposits: Sequence[Deposit]) -> list[tuple[Step, Deposit]]:
        """Say what is written where, in order."""
        return [(step, d) for step in self.data for d in deposits if step.sees(d)]

    def _key(self, record: Record, part: Part, token: str) -> str:
        """Name one piece of data: the uid, what tells attempts apart, what tells pieces apart."""
        if not token and not self.several:
            return record.uid
        return "-".join(filter(None, (record.uid, token, part.tag if self.several else "")))

    def intent(self, record: Record, attempt: Attempt, deposits: Sequence[Deposit]) -> Intent:
        """Say where an attempt may write."""
        writes = [[step.path, _name(step, d)] for step, d in self.writes(deposits)]
        if not record.keyed:
            writes += [[s.path, s.component.name_of(record.uid, ".json")] for s in self.copies]
        return {"uid": record.uid, "attempt": attempt.token, "at": time.time(), "writes": writes}


def stored(step: Step, deposit: Deposit) -> Stored:
    """Say where a store keeps a piece of data, without asking it."""
    return Stored(step.component.name, _name(step, deposit))


def _name(step: Step, deposit: Deposit) -> str:
    name: str = step.component.name_of(deposit.key, deposit.part.extension)
    return name
