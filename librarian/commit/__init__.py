"""How is one record stored exactly once? Data first, then the label record: the commit mark.

The mark is the label record in the last label store that can be read back: `_id` is the uid, and
it is only ever created. A record whose mark is not there does not exist; one whose mark is there
has its data. An attempt at a uid that others may attempt too (a key, or the content, gave it)
writes its data under names of its own, so that it can take back what it wrote without touching
what another attempt committed; the loser of a race answers from the winner's mark.

    data actors -> other label stores -> the mark -> actors that cannot undo (print, webhook)

Before the first store is asked, the journal notes where the attempt will write; what the attempt
itself cannot bring to an end (it was killed, an undo failed, the mark's answer was lost) is settled
from there: done where the mark is this attempt's, undone where it is not.
"""

import logging
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from librarian import deadline
from librarian.chain import Chain, Outcome, Rollback, Step
from librarian.commit import labelrecord
from librarian.commit.journal import Intent, Journal
from librarian.component import Fetches, Undoes
from librarian.problem import Problem
from librarian.record import LABELS, Deposit, Document, Part, Receipt, Record, Stored
from librarian.stage import DATA_STORE, LABEL_STORE, Exists, Failure, Stage, StoreError

log = logging.getLogger(__name__)
LATE = 5.0
"""Seconds after its time is up in which a store may still do what an attempt asked last."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The actors of one service, in the order that makes the promise true."""

    data: tuple[Step, ...]
    copies: tuple[Step, ...]
    """Label stores that are not the mark; written before it."""
    mark: Step | None
    late_data: tuple[Step, ...]
    late_labels: tuple[Step, ...]
    """Actors that cannot undo: they act on what is committed, and their failure changes nothing."""
    several: bool = False
    """Whether a record may hold several pieces of data, so that each needs a name of its own."""
    journal: Journal | None = None
    seconds: float = 8.0
    """How long all storing of one record may take, in seconds."""

    @classmethod
    def of(
        cls,
        data: Sequence[Step],
        labels: Sequence[Step],
        *,
        journal: Journal | None = None,
        **more: Any,
    ) -> "Commit":
        """Put the configured actors into that order; without a mark there is nothing to settle."""
        marks = [step for step in labels if isinstance(step.component, Fetches)]
        mark = marks[-1] if marks else None
        return cls(
            data=tuple(step for step in data if isinstance(step.component, Undoes)),
            copies=tuple(s for s in labels if isinstance(s.component, Undoes) and s is not mark),
            mark=mark,
            late_data=tuple(s for s in data if not isinstance(s.component, Undoes)),
            late_labels=tuple(s for s in labels if not isinstance(s.component, Undoes)),
            journal=journal if mark else None,
            **more,
        )

    def store(self, record: Record, flags: Sequence[Mapping[str, Any]], config: str) -> Receipt:
        """Store the record and give its receipt; a repeated one gives the first receipt again.

        Raises Failure (`data-store`, `label-store`, `key-reused`); nothing is then visible as a
        record.
        """
        with deadline.within(self.seconds):
            if record.keyed and (earlier := self._earlier(record.uid)) is not None:
                return labelrecord.answer(record, earlier)
            token = secrets.token_hex(4) if record.keyed else ""
            deposits = [Deposit(self._key(record, part, token), part) for part in record.data]
            with self._noted(record, token, deposits) as intent:
                rollback = Rollback()
                with self._undoing(rollback, intent):
                    outcomes = self._data(deposits, rollback)
                    stored = [(d, [o for o in outcomes if o.seen is d]) for d in deposits]
                    whole = labelrecord.compose(record, token, stored, flags, config)
                    label = Deposit(record.uid, Document(LABELS, whole))
                    self._copies(label, record, rollback)
                earlier = self._mark(label, rollback, intent)
                if earlier is not None and labelrecord.token_of(earlier) != token:
                    intent["open"] = not rollback.undo()
                    return labelrecord.answer(record, earlier)
        _afterwards(Chain(DATA_STORE, self.late_data), deposits)
        _afterwards(Chain(LABEL_STORE, self.late_labels), [label])
        return labelrecord.receipt(whole)

    def settle(self, intent: Intent) -> bool:
        """Bring an attempt to an end that could not do so itself; False says: try again later."""
        if time.time() < intent["at"] + self.seconds + LATE:
            return False
        try:
            with deadline.within(self.seconds):
                found = self._earlier(intent["uid"])
                if found is not None and labelrecord.token_of(found) == intent["attempt"]:
                    return True
                for path, name in intent["writes"]:
                    step = next((step for step in self._stores() if step.path == path), None)
                    if step is None:
                        log.error("the journal names %s, which is configured no more", path)
                        return False
                    step.undo(Stored(step.component.name, name))
        except (StoreError, Failure):
            return False
        log.warning("undid what an attempt at %s had left", intent["uid"])
        return True

    def _stores(self) -> Iterator[Step]:
        yield from self.data
        yield from self.copies

    def _key(self, record: Record, part: Part, token: str) -> str:
        """Name one piece of data: the uid, what tells attempts apart, what tells pieces apart."""
        return "-".join(filter(None, (record.uid, token, part.tag if self.several else "")))

    @contextmanager
    def _noted(self, record: Record, token: str, deposits: Sequence[Deposit]) -> Iterator[Intent]:
        """Note in the journal where this attempt will write, while it does."""
        writes = [
            [step.path, step.component.name_of(deposit.key, deposit.part.extension)]
            for step in self.data
            for deposit in deposits
            if step.sees(deposit)
        ]
        if not record.keyed:
            writes += [[s.path, s.component.name_of(record.uid, ".json")] for s in self.copies]
        intent = {"uid": record.uid, "attempt": token, "at": time.time(), "writes": writes}
        if self.journal is None:
            yield intent
        else:
            with self.journal.noted(intent):
                yield intent

    @contextmanager
    def _undoing(self, rollback: Rollback, intent: Intent) -> Iterator[None]:
        """Take everything back if anything goes wrong before the mark is written."""
        try:
            yield
        except BaseException:
            intent["open"] = not rollback.undo()
            raise

    def _data(self, deposits: Sequence[Deposit], rollback: Rollback) -> Sequence[Outcome]:
        outcomes = []
        try:
            for outcome in Chain(DATA_STORE, self.data).run(deposits):
                rollback.push(outcome)
                outcomes.append(outcome)
        except StoreError as error:
            if error.unsure:
                # it may be there, or come yet; the name is this attempt's own, undoing it is safe
                rollback.doubt()
                tried = [(step, d) for step in self.data for d in deposits if step.sees(d)]
                step, deposit = tried[len(outcomes)]
                name = step.component.name_of(deposit.key, deposit.part.extension)
                rollback.push(Outcome(step, deposit, Stored(step.component.name, name)))
            raise _failure(DATA_STORE, error) from error
        return outcomes

    def _copies(self, label: Deposit, record: Record, rollback: Rollback) -> None:
        """Write the label record to the stores that are not the mark.

        Where other attempts may share the uid, a copy is not undone: one of them may rely on it.
        Without the mark it is no record, and the next attempt makes it its own.
        """
        try:
            for step in self.copies:
                name = step.component.name_of(label.key, ".json")
                stored = Stored(step.component.name, name)
                if not record.keyed:
                    rollback.push(Outcome(step, label, stored))
                try:
                    step.act(label.key, label.part)
                except Exists:
                    step.undo(stored)
                    step.act(label.key, label.part)
        except StoreError as error:
            if error.unsure:
                rollback.doubt()
            raise _failure(LABEL_STORE, error) from error

    def _mark(self, label: Deposit, rollback: Rollback, intent: Intent) -> Mapping[str, Any] | None:
        """Create the commit mark; give what stands there if it may not be this attempt's.

        Until it is known whether the mark is there, nothing is undone; the journal knows of it.
        """
        if self.mark is None:
            return None
        intent["open"] = True
        try:
            self.mark.act(label.key, label.part)
        except StoreError as error:
            if isinstance(error, Exists) or error.unsure:
                with suppress(Failure):
                    if (earlier := self._earlier(label.key)) is not None:
                        intent["open"] = False
                        return earlier
                raise _unsettled(error) from error
            intent["open"] = not rollback.undo()
            raise _failure(LABEL_STORE, error) from error
        intent["open"] = False
        return None

    def _earlier(self, uid: str) -> Mapping[str, Any] | None:
        """Give the label record that stands under a uid."""
        if self.mark is None:
            return None
        try:
            found = self.mark.fetch(self.mark.component.name_of(uid, ".json"))
        except StoreError as error:
            raise _failure(LABEL_STORE, error) from error
        return None if found is None else labelrecord.read(found)


def _afterwards(chain: Chain, deposits: Sequence[Deposit]) -> None:
    for step in chain.steps:
        try:
            for _ in Chain(chain.stage, (step,)).run(deposits):
                pass
        except StoreError as error:
            log.error("%s did not act on a stored record: %s", step.path, error)


def _unsettled(error: StoreError) -> Failure:
    log.error("%s: it is not known whether the mark was written: %s", LABEL_STORE.slug, error)
    message = "It is not certain yet that this was stored; to send it again under its key is safe."
    return Failure(LABEL_STORE, Problem("unsettled", message))


def _failure(stage: Stage, error: StoreError) -> Failure:
    log.error("%s: %s", stage.slug, error)
    message = "It could not be stored just now and nothing was kept; please send it again later."
    return Failure(stage, Problem("unavailable", message))
