"""How is a record withdrawn at a terminal? What is meant is shown first, and done when it is asked.

What is withdrawn cannot be brought back, so that nothing is done by default.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from librarian.collection import Collection
from librarian.contributed import Contributed, Contribution
from librarian.pipeline import Pipeline
from librarian.progress import Progress
from librarian.signed import token as tokens
from librarian.signed.secret import Secret
from librarian.stage import WITHDRAWN, Failure

BY = "command line"
LONGEST = 60


class Nothing(Exception):
    """There is nothing to be withdrawn; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """One record that is meant."""

    uid: str
    contribution: Contribution

    def line(self, what: str) -> str:
        """Say what it is; what a client sent never reaches the terminal as it is."""
        told = json.dumps(dict(self.contribution.receipt.labels))
        short = told if len(told) <= LONGEST else f"{told[: LONGEST - 3]}..."
        at, state = self.contribution.receipt.received_at, self.contribution.state
        return f"{what:<10} {self.uid}  {at}  {state:<9} {short}"


def found(
    service: Pipeline, collection: Collection, *, uid: str, token: str, contributor: str
) -> Sequence[Found]:
    """Give the records that are meant. Raises Nothing, Failure, StoreError."""
    contributed = Contributed(service, collection)
    if contributor:
        meant = list(contributed.uids_of(contributor))
        if not meant:
            raise Nothing("Nothing is kept that was sent under this pseudonym.")
    else:
        meant = [_of(service, token) if token else uid]
    return [Found(each, _contribution(contributed, each)) for each in meant]


def shown(_: Collection, records: Sequence[Found], __: Progress) -> Iterator[str]:
    """Say what would be withdrawn."""
    for each in records:
        yield each.line("found")
    yield ""
    many = _count(len(records))
    yield f"{many} would be withdrawn. Nothing was changed; --yes does it, for good."


def done(collection: Collection, records: Sequence[Found], progress: Progress) -> Iterator[str]:
    """Withdraw the records, and say what became of each. Raises Failure, StoreError."""
    later = 0
    elsewhere: set[str] = set()
    for each in progress.over(iter(records), "withdrawing", len(records)):
        gone = collection.withdraw(each.uid, by=BY)
        if gone is None:
            yield each.line("gone")
            continue
        later += not gone.finished
        elsewhere.update(gone.elsewhere)
        yield each.line("withdrawn" if gone.finished else "later")
    yield ""
    yield f"{_count(len(records))} withdrawn."
    if later:
        yield (
            f"Of {later} a store still has bytes, for it does not answer: the service removes them"
            " when it does."
        )
    if elsewhere:
        yield f"Some lie in stores that are configured no more: {', '.join(sorted(elsewhere))}."


def _of(service: Pipeline, token: str) -> str:
    """Give the uid of a receipt's token. Raises Nothing."""
    shown = token.rpartition("/")[2]
    whole = tokens.WRITTEN.fullmatch(shown)
    key = Secret.of(service.settings).key(tokens.USE) if whole else b""
    if key is None:
        raise Nothing("LIBRARIAN_SECRET is not set, and without it no token can be read.")
    uid = tokens.uid_of(key, shown)
    if uid is None:
        raise Nothing("This token was not made with the secret that is configured now.")
    return uid


def _contribution(contributed: Contributed, uid: str) -> Contribution:
    try:
        return contributed.get(uid)
    except Failure as failure:
        if failure.stage is not WITHDRAWN:
            raise
        raise Nothing(f"There is no record {uid}, or it was withdrawn.") from None


def _count(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"
