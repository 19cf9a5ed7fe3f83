"""How is one record stored exactly once? Data first, then the label record: the commit mark.

The mark is the label record in the last label store that can be read back: `_id` is the uid, and
it is only ever created. A record whose mark is not there does not exist; one whose mark is there
has its data. An attempt at a uid that others may attempt too (a key, or the content, gave it)
writes its data under names of its own, so that it can take back what it wrote without touching
what another attempt committed; the loser of a race answers from the winner's mark.

    data actors -> other label stores -> the mark -> actors that cannot undo (print, webhook)
"""

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from librarian.chain import Chain, Outcome, Rollback, Step
from librarian.component import Fetches, Undoes
from librarian.picture import Unreadable
from librarian.problem import Problem
from librarian.record import (
    LABELS,
    PROVENANCE,
    Blob,
    Deposit,
    Document,
    Part,
    Receipt,
    Record,
    Stored,
)
from librarian.stage import DATA_STORE, KEY_REUSED, LABEL_STORE, Exists, Failure, Stage, StoreError

log = logging.getLogger(__name__)
OURS = frozenset({"_id", "uid", PROVENANCE})


@dataclass(frozen=True, slots=True)
class Commit:
    """The actors of one service, in the order that makes the promise true."""

    data: Chain
    copies: Chain
    """Label stores that are not the mark; written before it."""
    mark: Step | None
    late_data: Chain
    late_labels: Chain
    """Actors that cannot undo: they act on what is committed, and their failure changes nothing."""
    several: bool = False
    """Whether a record may hold several pieces of data, so that each needs a name of its own."""

    @classmethod
    def of(cls, data: Sequence[Step], labels: Sequence[Step], *, several: bool) -> "Commit":
        """Put the configured actors into that order."""
        marks = [step for step in labels if isinstance(step.component, Fetches)]
        mark = marks[-1] if marks else None
        undoable = [step for step in labels if isinstance(step.component, Undoes)]
        return cls(
            data=Chain(DATA_STORE, tuple(s for s in data if isinstance(s.component, Undoes))),
            copies=Chain(LABEL_STORE, tuple(step for step in undoable if step is not mark)),
            mark=mark,
            late_data=Chain(
                DATA_STORE, tuple(s for s in data if not isinstance(s.component, Undoes))
            ),
            late_labels=Chain(
                LABEL_STORE, tuple(s for s in labels if not isinstance(s.component, Undoes))
            ),
            several=several,
        )

    def store(self, record: Record, flags: Sequence[Mapping[str, Any]], config: str) -> Receipt:
        """Store the record and give its receipt; a repeated one gives the first receipt again.

        Raises Failure (`data-store`, `label-store`, `key-reused`); nothing is then visible as a
        record.
        """
        if record.keyed and (earlier := self._earlier(record.uid)) is not None:
            return _answer(record, earlier)
        attempt = secrets.token_hex(4) if record.keyed else ""
        rollback = Rollback()
        deposits = [Deposit(self._key(record, part, attempt), part) for part in record.data]
        outcomes = list(self._data(deposits, rollback))
        whole = _label_record(record, attempt, deposits, outcomes, flags, config)
        label = Deposit(record.uid, Document(LABELS, whole))
        self._copies(label, record, rollback)
        earlier = self._mark(label, rollback)
        if earlier is not None and earlier[PROVENANCE].get("attempt") != attempt:
            rollback.undo()
            return _answer(record, earlier)
        _afterwards(self.late_data, deposits)
        _afterwards(self.late_labels, [label])
        return receipt(whole)

    def _key(self, record: Record, part: Part, attempt: str) -> str:
        """Name one piece of data: the uid, what tells attempts apart, what tells pieces apart."""
        return "-".join(filter(None, (record.uid, attempt, part.tag if self.several else "")))

    def _data(self, deposits: Sequence[Deposit], rollback: Rollback) -> Sequence[Outcome]:
        outcomes = []
        try:
            for outcome in self.data.run(deposits):
                rollback.push(outcome)
                outcomes.append(outcome)
        except StoreError as error:
            if error.unsure:
                self._push_unsure(deposits, outcomes, rollback)
            rollback.undo()
            raise _failure(DATA_STORE, error) from error
        return outcomes

    def _push_unsure(
        self, deposits: Sequence[Deposit], outcomes: Sequence[Outcome], rollback: Rollback
    ) -> None:
        """Remember what may have been done: the names are this attempt's own, undoing is safe."""
        tried = [(step, d) for step in self.data.steps for d in deposits if step.sees(d)]
        step, deposit = tried[len(outcomes)]
        name = step.component.name_of(deposit.key, deposit.part.extension)
        rollback.push(Outcome(step, deposit, Stored(step.component.name, name)))

    def _copies(self, label: Deposit, record: Record, rollback: Rollback) -> None:
        """Write the label record to the stores that are not the mark.

        Where other attempts may share the uid, a copy is not undone: one of them may rely on it.
        Without the mark it is no record, and the next attempt makes it its own.
        """
        try:
            for step in self.copies.steps:
                try:
                    for stored in step.component.run(label):
                        if not record.keyed:
                            rollback.push(Outcome(step, label, stored))
                except Exists:
                    step.component.undo(
                        Stored(step.component.name, step.component.name_of(label.key, ".json"))
                    )
                    step.component.act(label.key, label.part)
        except StoreError as error:
            rollback.undo()
            raise _failure(LABEL_STORE, error) from error

    def _mark(self, label: Deposit, rollback: Rollback) -> Mapping[str, Any] | None:
        """Create the commit mark; give what stands there if it cannot be created."""
        if self.mark is None:
            return None
        try:
            self.mark.component.act(label.key, label.part)
            return None
        except Exists:
            return self._earlier(label.key)
        except StoreError as error:
            if error.unsure:
                return self._settled(label, error)
            rollback.undo()
            raise _failure(LABEL_STORE, error) from error

    def _settled(self, label: Deposit, error: StoreError) -> Mapping[str, Any]:
        """Look for a mark whose answer was lost; nothing is undone while it may still come."""
        found = self._earlier(label.key)
        if found is None:
            log.error("the label record %s may still appear; its data are left", label.key)
            raise _failure(LABEL_STORE, error) from error
        return found

    def _earlier(self, uid: str) -> Mapping[str, Any] | None:
        """Give the label record that stands under a uid."""
        if self.mark is None:
            return None
        store = self.mark.component
        try:
            found = store.fetch(store.name_of(uid, ".json"))
        except StoreError as error:
            raise _failure(LABEL_STORE, error) from error
        return None if found is None else json.loads(found)


def receipt(whole: Mapping[str, Any], *, replayed: bool = False) -> Receipt:
    """Read the receipt off a label record; where things lie is not the contributor's concern."""
    ours = whole[PROVENANCE]
    return Receipt(
        uid=whole["_id"],
        received_at=ours["received_at"],
        labels={name: value for name, value in whole.items() if name not in OURS},
        data=tuple({k: v for k, v in each.items() if k != "stored"} for each in ours["data"]),
        flags=tuple(ours.get("flags", ())),
        replayed=replayed,
    )


def _answer(record: Record, earlier: Mapping[str, Any]) -> Receipt:
    """Answer from a record that is there already. Raises Failure (`key-reused`)."""
    if earlier[PROVENANCE]["fingerprint"] == record.fingerprint:
        return receipt(earlier, replayed=True)
    message = "This key was used before, for another contribution; nothing was changed."
    raise Failure(KEY_REUSED, Problem("key-reused", message))


def _afterwards(chain: Chain, deposits: Sequence[Deposit]) -> None:
    for step in chain.steps:
        try:
            for _ in Chain(chain.stage, (step,)).run(deposits):
                pass
        except StoreError as error:
            log.error("%s did not act on a stored record: %s", step.path, error)


def _label_record(
    record: Record,
    attempt: str,
    deposits: Sequence[Deposit],
    outcomes: Sequence[Outcome],
    flags: Sequence[Mapping[str, Any]],
    config: str,
) -> dict[str, Any]:
    """Make the label record: labels at the top, as collections have them, and the provenance."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    optional = {
        "attempt": attempt,
        "flags": list(flags),
        "contributor": record.contributor,
    }
    return {
        "_id": record.uid,
        "uid": record.uid,
        **record.labels.value,
        PROVENANCE: {
            "received_at": now,
            "data": [_facts(deposit, outcomes) for deposit in deposits],
            "fingerprint": record.fingerprint,
            "config": config,
            **{name: value for name, value in optional.items() if value},
        },
    }


def _facts(deposit: Deposit, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Say of one piece of data what it is and where it lies."""
    part = deposit.part
    facts: dict[str, Any] = {
        "tag": part.tag,
        "sha256": part.sha256,
        "bytes": len(part.content),
        "media_type": part.media.type,
    }
    if part.filename:
        facts["filename"] = part.filename
    try:
        seen = part.picture if isinstance(part, Blob) else None
    except Unreadable:
        seen = None  # no validator asked for a whole image, so a broken one may stand here
    if seen is not None:
        facts |= {"width": seen.width, "height": seen.height}
        facts |= {"orientation": seen.orientation} if seen.orientation != 1 else {}
        facts |= {"frames": seen.frames} if seen.frames != 1 else {}
    facts["stored"] = [
        {"actor": o.result.actor, "name": o.result.name} for o in outcomes if o.seen is deposit
    ]
    return facts


def _failure(stage: Stage, error: StoreError) -> Failure:
    log.error("%s: %s", stage.slug, error)
    message = "It could not be stored just now and nothing was kept; please send it again later."
    return Failure(stage, Problem("unavailable", message))
