"""How is one record stored exactly once? Data first, then the label record: the commit mark.

The mark is the label record in the last label store that can be read back: `_id` is the uid, and
it is only ever created. A record whose mark is not there does not exist; one whose mark is there
has its data. An attempt at a uid that others may attempt too (a key, or the content, gave it)
writes its data under names of its own, so that it can take back what it wrote without touching
what another attempt committed; the loser of a race answers from the winner's mark.

    data actors -> other label stores -> the mark -> the outbox -> actors that cannot undo

What is to be told to others (webhook) is noted in the outbox before this attempt ends, so that it
is told at least once.

Before the first store is asked, the journal notes where the attempt will write; what the attempt
itself cannot bring to an end (it was killed, an undo failed, the mark's answer was lost) is settled
from there: done where the mark is this attempt's, undone where it is not.

Where a spool stands behind the stores, an attempt that fails is saved there instead of undone, and
`deliver` goes on with it later, under the same names: what lies there is this attempt's own.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Literal, Self

from librarian import deadline, state
from librarian.chain import Outcome, Rollback, Step
from librarian.commit import adopting, labelrecord, withdrawal
from librarian.commit.journal import Intent, Journal
from librarian.commit.plan import Attempt, Plan, stored
from librarian.commit.trail import Trail
from librarian.commit.waiting import Waiting
from librarian.commit.withdrawal import Withdrawn
from librarian.component import Amends, Fetches
from librarian.outbox import Outbox
from librarian.problem import Problem
from librarian.record import (
    LABELS,
    PROVENANCE,
    Deposit,
    Document,
    Receipt,
    Record,
    Stored,
    is_label_record,
)
from librarian.stage import DATA_STORE, LABEL_STORE, Exists, Failure, Stage, StoreError

log = logging.getLogger(__name__)
UNSETTLED = "unsettled"

ROUNDS = 3
"""How often a withdrawal begins anew where something else stands under the uid meanwhile."""

__all__ = ["UNSETTLED", "Attempt", "Commit", "Withdrawn"]


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Commit(Plan):
    """Stores records by the actors of one service, and brings to an end what was broken off."""

    journal: Journal | None = None
    seconds: float = 8.0
    """How long all storing of one record may take, in seconds."""
    outbox: Outbox | None = None
    spool: Waiting | None = None
    """What was accepted and is not stored yet, where that may be."""
    trail: Trail | None = None
    """Keeps who withdrew what, where the label store cannot."""

    @classmethod
    def of(
        cls,
        data: Sequence[Step],
        labels: Sequence[Step],
        *,
        journal: Journal | None = None,
        **more: Any,
    ) -> Self:
        """Put the configured actors into their order; without a mark there is nothing to settle."""
        ordered = Plan.ordered(data, labels)
        return cls(**ordered, journal=journal if ordered["mark"] else None, **more)

    def store(
        self,
        record: Record,
        flags: Sequence[Mapping[str, Any]],
        config: str,
        attempt: Attempt | None = None,
        save: Callable[[], bool] = _never,
    ) -> Receipt:
        """Store the record and give its receipt; a repeated one gives the first receipt again.

        Raises Failure (`data-store`, `label-store`, `key-reused`); nothing is then visible as a
        record. Where a store failed, `save` may keep the attempt for `deliver`; if it says that it
        did, nothing is undone, for delivery goes on from there.
        """
        attempt = attempt or Attempt.at(record)
        with deadline.within(self.seconds):
            if record.keyed and (earlier := self._earlier(record.uid)) is not None:
                return labelrecord.answer(record, earlier)
            if (before := self._adoptable(record)) is not None:
                return self._adopted(record, flags, config, before)
            deposits = self.deposits(record, attempt)
            with self._kept(self.intent(record, attempt, deposits), _unnoted) as intent:
                rollback = Rollback(save)
                try:
                    outcomes = self._data(deposits, rollback)
                    whole = _whole(record, attempt, deposits, outcomes, flags, config)
                    label = Deposit(record.uid, Document(LABELS, whole))
                    self._copies(label, record, rollback)
                except BaseException as error:
                    saved = isinstance(error, Failure) and rollback.saved()
                    intent["open"] = not (saved or rollback.undo())
                    raise
                earlier = self._mark(label, rollback, intent)
                if earlier is not None and labelrecord.token_of(earlier) != attempt.token:
                    intent["open"] = not rollback.undo()
                    return labelrecord.answer(record, earlier)
                intent["open"] = not self._posted(whole)
        self._afterwards(deposits, label)
        return labelrecord.receipt(whole)

    def deliver(
        self,
        record: Record,
        flags: Sequence[Mapping[str, Any]],
        config: str,
        attempt: Attempt,
    ) -> bool:
        """Go on with an attempt that was saved; to do so again, after a kill too, is safe.

        False says that another attempt stored the same contribution, or that it was withdrawn; this
        one is to be `abandon`ed.
        Raises Failure: `key-reused`, or that of a store, and then it is to be tried again. Nothing
        is undone and the journal is not asked: who keeps the attempt keeps what it wrote, too.
        """
        with deadline.within(self.seconds):
            earlier = self._earlier(record.uid)
            if earlier is not None and state.is_tombstone(earlier):
                return False
            if earlier is None and (before := self._adoptable(record)) is not None:
                self._adopted(record, flags, config, before)
                return False
            deposits = self.deposits(record, attempt)
            outcomes = [Outcome(step, d, stored(step, d)) for step, d in self.writes(deposits)]
            if earlier is None:
                outcomes = self._complete(outcomes)
            whole = _whole(record, attempt, deposits, outcomes, flags, config)
            label = Deposit(record.uid, Document(LABELS, whole))
            if earlier is None:
                self._copies(label, record, Rollback())
                earlier = self._mark(label, Rollback(), {})
            if earlier is not None and labelrecord.token_of(earlier) != attempt.token:
                labelrecord.answer(record, earlier)
                return False
            if not self._posted(whole):
                message = "It is stored, and still to be told to others."
                raise Failure(LABEL_STORE, Problem("outbox", message))
        self._afterwards(deposits, label)
        return True

    def _adoptable(self, record: Record) -> Mapping[str, Any] | None:
        """Give what an earlier label store has of a record that is imported. Raises Failure."""
        if adopting.IMPORTED not in record.sender:
            return None
        try:
            before = adopting.standing(self.copies, record.uid)
        except StoreError as error:
            raise _failure(LABEL_STORE, error) from error
        if before is None or not adopting.is_of(before, record) or self._unended(record.uid):
            return None
        if adopting.may_be_under_way(before, self.seconds):
            raise _unsettled(StoreError(f"{record.uid} may be under way in another label store"))
        return before

    def _unended(self, uid: str) -> bool:
        """Say whether the journal is to end an attempt at a uid, which may undo its data."""
        left = self.journal.dangling() if self.journal is not None else ()
        return any(each["uid"] == uid and each["writes"] for each in left)

    def _adopted(
        self,
        record: Record,
        flags: Sequence[Mapping[str, Any]],
        config: str,
        before: Mapping[str, Any],
    ) -> Receipt:
        """Give a record its mark, under the names that its data have; to do so again is safe.

        Only what is missing is written. Nothing of it is undone, for what lies there was there
        before, and the label stores that have the record keep what they have. Raises Failure.
        """
        attempt = Attempt(labelrecord.token_of(before), before[PROVENANCE]["received_at"])
        deposits = self.deposits(record, attempt)
        wanted = [Outcome(step, d, stored(step, d)) for step, d in self.writes(deposits)]
        outcomes = self._complete(wanted)
        made = _whole(record, attempt, deposits, outcomes, flags, config)
        whole = adopting.joined(made, before)
        label = Deposit(record.uid, Document(LABELS, whole))
        try:
            for step in self.copies:
                with suppress(Exists):
                    step.act(label.key, label.part)
        except StoreError as error:
            raise _failure(LABEL_STORE, error) from error
        with self._kept(self.intent(record, attempt, []) | {"writes": []}, _unnoted) as intent:
            earlier = self._mark(label, Rollback(), intent)
            if earlier is not None and labelrecord.token_of(earlier) != attempt.token:
                return labelrecord.answer(record, earlier)
            intent["open"] = not self._posted(whole)
        self._afterwards(deposits, label)
        return labelrecord.receipt(whole)

    def earlier(self, record: Record) -> Receipt | None:
        """Give the first receipt where a record stands under this uid. Raises Failure."""
        with deadline.within(self.seconds):
            found = self._earlier(record.uid)
        return None if found is None else labelrecord.answer(record, found)

    def abandon(self, record: Record, attempt: Attempt) -> None:
        """Give a saved attempt up: what it wrote is undone, unless its mark turns out to stand.

        Raises StoreError where the journal cannot note that; it is not given up then.
        """
        intent = self.intent(record, attempt, self.deposits(record, attempt))
        if self.journal is not None:
            self.journal.leave(intent)
        else:
            with suppress(StoreError):
                self._undo(intent, marked=False)

    def withdraw(self, uid: str, by: str, reason: str = "") -> Withdrawn | None:
        """Take a record back, for good; None where there is none. To do so again is safe.

        Raises Failure (`label-store`): it stands as before, or it cannot be told yet whether it
        does, and then it is to be tried again. See librarian/commit/withdrawal.py.
        """
        with deadline.within(self.seconds):
            for _ in range(ROUNDS):
                whole = self._earlier(uid)
                waiting = self.spool.attempts(uid) if self.spool is not None else ()
                if self.mark is None or (whole is None and not waiting):
                    return None
                if whole is not None and state.is_tombstone(whole):
                    left = self.journal is not None and self.journal.holds(uid)
                    return Withdrawn(uid, finished=not left)
                if whole is not None and not is_label_record(whole):
                    return None
                event = withdrawal.told(uid, whole, by, reason)
                noting = self._kept(withdrawal.intent(self, whole, event, waiting), _stays)
                with noting as intent:
                    if (done := self._buried(self.mark, event, intent)) is not None:
                        gone = Withdrawn(uid, done, withdrawal.elsewhere(self, whole))
                        log.info("%s was withdrawn by %s", uid, by)
                        return gone
        raise _stays(StoreError("something else stood under its uid each time"))

    def _buried(self, mark: Step, event: state.Event, intent: Intent) -> bool | None:
        """Bury a record and remove what was its own; say whether all of it is gone.

        None: something else stands there now. Raises Failure.
        """
        intent["open"] = True
        try:
            if not withdrawal.bury(mark, event):
                return None
        except StoreError as error:
            raise _stays(error) from error
        finished = self._forgotten(intent, marked=False)
        intent["open"] = not finished
        return finished

    def _forgotten(self, intent: Intent, *, marked: bool) -> bool:
        """Remove what a withdrawn record left, and note that; say whether all of it is gone."""
        event = state.event(intent[withdrawal.KIND])
        try:
            if self.trail is not None and not isinstance(self.mark and self.mark.component, Amends):
                self.trail.note(event)  # others noted it with the tombstone
            if self.outbox is not None:
                self.outbox.forget(event.uid)
            if self.spool is not None and not marked:
                self.spool.forget(event.uid)
            return self._undo(intent, marked=marked)
        except StoreError as error:
            log.error("what %s left could not be removed yet: %s", event.uid, error)
            return False

    def is_withdrawn(self, uid: str) -> bool:
        """Say whether what was kept under a uid was taken back. Raises Failure (`label-store`)."""
        found = self._earlier(uid)
        return found is not None and state.is_tombstone(found)

    def spooled(self, uid: str) -> bool:
        """Say whether a record waits in the spool: what it left is for its delivery to end."""
        return self.spool is not None and self.spool.holds(uid)

    def receipt(
        self,
        record: Record,
        flags: Sequence[Mapping[str, Any]],
        config: str,
        attempt: Attempt,
        **more: bool,
    ) -> Receipt:
        """Give the receipt that a saved attempt will have when it is delivered."""
        whole = _whole(record, attempt, self.deposits(record, attempt), (), flags, config)
        return labelrecord.receipt(whole, **more)

    def settle(self, intent: Intent, *, undo: bool = True) -> Literal["stands", "undone", "later"]:
        """Look at an attempt that could not end itself: undo it, unless its mark stands.

        `later` says that a store did not answer, or that delivery from the spool is to end it.
        """
        try:
            with deadline.within(self.seconds):
                waits = self.spooled(intent["uid"])  # before the mark: what is delivered has one
                found = self._earlier(intent["uid"])
                if withdrawal.KIND in intent:
                    return self._settle_withdrawal(intent, found, waits=waits)
                if waits:
                    return "later"
                if found is not None and labelrecord.token_of(found) == intent["attempt"]:
                    return "stands" if self._posted(found) else "later"
                marked = found is not None and is_label_record(found)
                if undo and not self._undo(intent, marked=marked):
                    return "later"
        except (StoreError, Failure):
            return "later"
        return "undone"

    def _settle_withdrawal(
        self, intent: Intent, found: Mapping[str, Any] | None, *, waits: bool
    ) -> Literal["stands", "undone", "later"]:
        """Go on with a withdrawal, unless its record stands as before: that was answered so.

        Raises StoreError.
        """
        record = found is not None and not state.is_tombstone(found)
        own = {intent["attempt"], *intent.get(withdrawal.WAITED, ())}
        if found is None and waits:
            return "later"
        if found is not None and record and labelrecord.token_of(found) in own:
            return "stands" if time.time() - intent["at"] > withdrawal.SETTLED else "later"
        if self.mark is not None and not record:
            withdrawal.bury(self.mark, state.event(intent[withdrawal.KIND]))
        return "undone" if self._forgotten(intent, marked=record) else "later"

    def _undo(self, intent: Intent, *, marked: bool) -> bool:
        """Undo what an attempt may have written; where another's mark stands, copies are its own.

        Raises StoreError.
        """
        for path, name in intent["writes"]:
            step = next((s for s in (*self.data, *self.copies) if s.path == path), None)
            if step is None:
                log.error("the journal names %s, which is configured no more", path)
                return False
            if step in self.data or not marked:
                step.undo(Stored(step.component.name, name))
        return True

    def _kept(
        self, intent: Intent, failure: Callable[[StoreError], Failure]
    ) -> AbstractContextManager[Intent]:
        """Keep an intent in the journal, while the block does what it says.

        Raises Failure, on entering, where that cannot be done.
        """
        return self.journal.noted(intent, failure) if self.journal else nullcontext(intent)

    def _data(self, deposits: Sequence[Deposit], rollback: Rollback) -> Sequence[Outcome]:
        outcomes = []
        for step, deposit in self.writes(deposits):
            try:
                outcome = Outcome(step, deposit, step.act(deposit.key, deposit.part))
            except StoreError as error:
                if error.unsure:
                    # it may be there, or come yet; the name is this attempt's own: to undo is safe
                    rollback.doubt()
                    rollback.push(Outcome(step, deposit, stored(step, deposit)))
                raise _failure(DATA_STORE, error) from error
            rollback.push(outcome)
            outcomes.append(outcome)
        return outcomes

    def _complete(self, wanted: Sequence[Outcome]) -> list[Outcome]:
        """Write the data of a saved attempt; what lies under its own names it wrote before."""
        done = []
        try:
            for each in wanted:
                stored = each.result
                with suppress(Exists):
                    stored = each.step.act(each.seen.key, each.seen.part)
                done.append(each._replace(result=stored))
            return done
        except StoreError as error:
            raise _failure(DATA_STORE, error) from error

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
                    self._makes_way(step, name)
                    step.undo(stored)
                    step.act(label.key, label.part)
        except StoreError as error:
            if error.unsure:
                rollback.doubt()
            raise _failure(LABEL_STORE, error) from error

    def _makes_way(self, step: Step, name: str) -> None:
        """Look whether what lies in a copy's place is one, as far as that can be told.

        Raises StoreError where it is not, and then it stays.
        """
        found = step.fetch(name) if isinstance(step.component, Fetches) else None
        if found is not None and not labelrecord.is_ours(labelrecord.read(found)):
            raise StoreError(f"{step.path}: what stands under the uid is no label record")

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
                intent["open"] = not rollback.saved()
                raise _unsettled(error) from error
            intent["open"] = not (rollback.saved() or rollback.undo())
            raise _failure(LABEL_STORE, error) from error
        intent["open"] = False
        return None

    def _posted(self, whole: Mapping[str, Any]) -> bool:
        """Note durably to whom a record that stands is to be told; say whether that is done."""
        try:
            for step in self.posts:
                if self.outbox is not None:
                    self.outbox.put(step.component.outlet, whole["_id"], whole)
        except StoreError as error:
            log.error("it could not be noted to whom %s is to be told: %s", whole["_id"], error)
            return False
        except Exception:  # a bug must not change what is answered of a record that stands
            log.exception("a bug met the noting to whom %s is to be told", whole["_id"])
            return False
        return True

    def _afterwards(self, deposits: Sequence[Deposit], label: Deposit) -> None:
        """Let act what cannot undo; its failure, or a bug of it, changes nothing."""
        for steps, seen in ((self.late_data, deposits), (self.late_labels, [label])):
            for step in steps:
                try:
                    for each in seen:
                        if step.sees(each):
                            step.act(each.key, each.part)
                except StoreError as error:
                    log.error("%s did not act on a stored record: %s", step.path, error)
                except Exception:
                    log.exception("a bug met %s, which was to act on a stored record", step.path)

    def _earlier(self, uid: str) -> Mapping[str, Any] | None:
        """Give the label record that stands under a uid."""
        if self.mark is None:
            return None
        try:
            found = self.mark.fetch(self.mark.component.name_of(uid, ".json"))
        except StoreError as error:
            raise _failure(LABEL_STORE, error) from error
        return None if found is None else labelrecord.read(found)


def _whole(
    record: Record,
    attempt: Attempt,
    deposits: Sequence[Deposit],
    outcomes: Sequence[Outcome],
    flags: Sequence[Mapping[str, Any]],
    config: str,
) -> dict[str, Any]:
    """Make the label record."""
    stored = [(d, [o for o in outcomes if o.seen is d]) for d in deposits]
    return labelrecord.compose(record, attempt.token, attempt.received_at, stored, flags, config)


def _unnoted(error: StoreError) -> Failure:
    return _failure(DATA_STORE, error)


def _stays(error: StoreError) -> Failure:
    log.error("%s: a withdrawal failed: %s", LABEL_STORE.slug, error)
    message = "It could not be withdrawn just now; please try again."
    return Failure(LABEL_STORE, Problem("unavailable", message))


def _unsettled(error: StoreError) -> Failure:
    log.error("%s: it is not known whether the mark was written: %s", LABEL_STORE.slug, error)
    message = "It is not certain yet that this was stored; to send it again under its key is safe."
    return Failure(LABEL_STORE, Problem(UNSETTLED, message))


def _failure(stage: Stage, error: StoreError) -> Failure:
    log.error("%s: %s", stage.slug, error)
    message = "It could not be stored just now and nothing was kept; please send it again later."
    return Failure(stage, Problem("unavailable", message))
