"""What may a contributor see and take back? What they sent, stored or still waiting in the spool.

Whoever has a receipt's token may do so with that contribution, and with all that were sent under
the same pseudonym where that cannot have been guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from librarian.collection import Collection, Entry, Selection
from librarian.commit import labelrecord
from librarian.pipeline import Pipeline
from librarian.problem import Problem
from librarian.record import PROVENANCE, Receipt, Record
from librarian.signed.token import unguessable
from librarian.stage import FORBIDDEN, WITHDRAWN, Failure

BY = "contributor"
"""What stands in the audit trail of a contributor's own word."""
WAITING = "waiting"
"""The state of what is safe and not stored yet."""
KEPT = ("contributor", "consent", "ip", "ip_hash")
"""What else is kept of who sent it."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One contribution as its contributor sees it."""

    receipt: Receipt
    state: str
    sender: dict[str, Any]
    """What is kept of who sent it."""

    @property
    def contributor(self) -> str:
        """The pseudonym that was sent with it; empty where there was none."""
        return str(self.sender.get("contributor", ""))


class Contributed:
    """What came in, as far as those who sent it may see and change it."""

    def __init__(self, pipeline: Pipeline, collection: Collection) -> None:
        self._pipeline, self._collection = pipeline, collection

    def get(self, uid: str) -> Contribution:
        """Give one contribution. Raises Failure (`withdrawn`), StoreError."""
        entry = self._collection.get(uid)
        if entry is not None:
            return _stored(entry)
        waiting = self._waiting(uid)
        if waiting is not None and not self._is_withdrawn(uid):
            return waiting
        message = "Nothing of this contribution is kept any more: it was withdrawn."
        raise Failure(WITHDRAWN, Problem("withdrawn", message))

    def withdraw(self, uid: str, by: str = BY) -> bool:
        """Take one back; say whether all of it is removed already. Raises Failure, StoreError."""
        self.get(uid)
        gone = self._collection.withdraw(uid, by=by)
        return gone is None or gone.finished

    def withdraw_all(self, uid: str) -> Iterator[bool]:
        """Take back all of the pseudonym of one contribution, that one last: then the rest is gone.

        Yields for each whether all of it is removed already. Raises Failure (`forbidden`, too),
        StoreError; whoever asks again goes on.
        """
        contributor = self.get(uid).contributor
        if not unguessable(contributor):
            message = (
                "It was sent without a name that nobody else can have guessed, so it cannot be told"
                " what else is yours; withdraw each contribution by its own receipt."
            )
            raise Failure(FORBIDDEN, Problem("contributor", message))
        for each in (*self.uids_of(contributor, besides=uid), uid):
            gone = self._collection.withdraw(each, by=BY)
            if gone is not None:
                yield gone.finished

    def uids_of(self, contributor: str, besides: str = "") -> Iterator[str]:
        """Yield the uids of all that a pseudonym sent. Raises StoreError."""
        for entry in self._collection.select(Selection(contributor=contributor)):
            if entry.uid != besides:
                yield entry.uid
        for record in self._all_waiting():
            own = record.contributor == contributor and record.uid != besides
            if own and not self._is_withdrawn(record.uid):
                yield record.uid

    def _all_waiting(self) -> Iterator[Record]:
        spool = self._pipeline.spool
        for entry in spool.every() if spool is not None else ():
            yield entry.record

    def _is_withdrawn(self, uid: str) -> bool:
        """Say whether what still waits is taken back already: then it is never stored."""
        return any(each.what == "withdrawn" for each in self._collection.events(uid))

    def _waiting(self, uid: str) -> Contribution | None:
        spool = self._pipeline.spool
        kept = spool.attempts(uid) if spool is not None else []
        if not kept:
            return None
        found = kept[0]
        receipt = self._pipeline.commit.receipt(
            found.record, found.flags, found.config, found.attempt, spooled=True
        )
        said = {"contributor": found.record.contributor, **found.record.sender}
        return Contribution(receipt, WAITING, {k: said[k] for k in KEPT if said.get(k)})


def _stored(entry: Entry) -> Contribution:
    ours = entry.whole[PROVENANCE]
    sender = {name: ours[name] for name in KEPT if name in ours}
    return Contribution(labelrecord.receipt(entry.whole), entry.state, sender)
