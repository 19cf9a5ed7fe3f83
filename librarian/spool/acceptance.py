"""When is a contribution accepted? When it is stored, or when it waits in the spool to be."""

from collections.abc import Mapping, Sequence
from typing import Any

from librarian import deadline
from librarian.commit import UNSETTLED, Attempt, Commit, labelrecord
from librarian.problem import Problem
from librarian.record import Receipt, Record
from librarian.spool import Full, Spool, Taken
from librarian.spool.entry import Entry
from librarian.stage import DATA_STORE, LABEL_STORE, Failure, StoreError

LOOK = 1.0
"""Seconds in which a store must say whether a key was used, where nothing waits for stores."""


class Acceptance:
    """Has records stored, and the spool behind the stores, or before them, where there is one."""

    def __init__(self, commit: Commit, spool: Spool | None) -> None:
        self._commit, self._spool = commit, spool

    def store(self, record: Record, flags: Sequence[Mapping[str, Any]], config: str) -> Receipt:
        """Store the record, or keep it for delivery. Raises Failure; nothing is kept then."""
        if self._spool is None:
            return self._commit.store(record, flags, config)
        entry = Entry(record, tuple(flags), config, Attempt.at(record))
        saving = _Saving(self._commit, self._spool, entry)
        if record.keyed and (waiting := self._spool.find(record.uid)) is not None:
            return _answered(self._commit, record, waiting)
        if self._spool.config.when == "always":
            return self._known(record) or saving.receipt()
        try:
            return self._commit.store(record, flags, config, entry.attempt, saving)
        except Failure as failure:
            if failure.stage not in (DATA_STORE, LABEL_STORE):
                raise
            return saving.receipt(failure)

    def earlier(self, record: Record) -> Receipt | None:
        """Give the first receipt of what is stored or waits already. Raises Failure."""
        if not record.keyed:
            return None
        if self._spool is None:
            return self._commit.earlier(record)
        if (waiting := self._spool.find(record.uid)) is not None:
            return _answered(self._commit, record, waiting)
        return self._known(record)

    def _known(self, record: Record) -> Receipt | None:
        """Give the first receipt of a key that was used before, if a store can say so at once."""
        if not record.keyed:
            return None
        try:
            with deadline.within(LOOK):
                return self._commit.earlier(record)
        except Failure as failure:
            if failure.stage is not LABEL_STORE:
                raise
            return None  # delivery will see


class _Saving:
    """One attempt on its way into the spool, at most once."""

    def __init__(self, commit: Commit, spool: Spool, entry: Entry) -> None:
        self._commit, self._spool, self._entry = commit, spool, entry
        self._came: Receipt | Failure | StoreError | None = None

    def __call__(self) -> bool:
        """Keep the attempt; say whether it is kept, so that nothing of it may be undone."""
        if self._came is None:
            try:
                self._came = self._put()
            except (Failure, StoreError) as error:
                self._came = error
        return isinstance(self._came, Receipt) and not self._came.replayed

    def receipt(self, failure: Failure | None = None) -> Receipt:
        """Give the receipt. Raises Failure: why it is not kept, `failure` if that says more."""
        self()
        came = self._came
        if isinstance(came, Receipt):
            return came
        if isinstance(came, Failure):
            raise came
        unsettled = failure is not None and failure.problems[0].rule == UNSETTLED
        if isinstance(came, Full) and not unsettled:
            message = "There is no room left to keep it; please send it again later."
            raise Failure(DATA_STORE, Problem("full", message)) from came
        message = "It could not be kept just now; please send it again later."
        raise failure or Failure(DATA_STORE, Problem("unavailable", message)) from came

    def _put(self) -> Receipt:
        entry = self._entry
        try:
            self._spool.put(entry)
        except Taken:
            waiting = self._spool.find(entry.record.uid)
            if waiting is None:
                raise
            return _answered(self._commit, entry.record, waiting)
        return _receipt(self._commit, entry)


def _answered(commit: Commit, record: Record, waiting: Entry) -> Receipt:
    """Answer from a record that waits already. Raises Failure (`key-reused`)."""
    if waiting.record.fingerprint != record.fingerprint:
        raise labelrecord.key_reused()
    return _receipt(commit, waiting, replayed=True)


def _receipt(commit: Commit, entry: Entry, *, replayed: bool = False) -> Receipt:
    return commit.receipt(
        entry.record, entry.flags, entry.config, entry.attempt, replayed=replayed, spooled=True
    )
