"""What may be touched? Nothing young, nothing that the mark speaks for, nothing in doubt."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from librarian.chain import Step
from librarian.commit import Commit
from librarian.progress import Progress
from librarian.reconcile.references import References
from librarian.record import label_record
from librarian.stage import StoreError

HOUR = 3600.0
"""Seconds for which everything is left alone."""
FEW = 20
"""So many things without a record are believed; more must be fewer than those with one."""


class Unreadable(Exception):
    """The stores cannot be compared: one of them could not be read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree: `group` is a line of the summary, `done` what became of it."""

    group: str
    fault: str
    path: str
    name: str
    done: str = ""
    mended: bool = False


@dataclass
class Look:
    """One look at all stores: what was asked for, what is known so far."""

    commit: Commit
    mark: Step
    now: float
    progress: Progress
    tags: Collection[str] = ()
    """The tags of the configured inputs."""
    fix: bool = False
    deep: bool = False
    known: References = field(default_factory=References)
    checked: Counter[str] = field(default_factory=Counter)
    young: int = 0
    """How much does not agree, but is younger than an hour."""
    waiting: int = 0
    """How much waits in the spool for its record."""
    notes: list[str] = field(default_factory=list)

    def old(self, at: float) -> bool:
        """Say whether something is old enough to be touched; what is not is counted."""
        old = at <= self.now - HOUR
        self.young += not old
        return old

    def waits(self, uid: str) -> bool:
        """Say whether a record waits in the spool, to be asked before the mark; it is counted."""
        waits = self.commit.spooled(uid)
        self.waiting += waits
        return waits

    def marked(self, uid: str) -> Mapping[str, Any] | None:
        """Ask the mark anew for a record. Raises Unreadable."""
        with reading(self.mark):
            found = self.mark.fetch(self.mark.component.name_of(uid, ".json"))
        return None if found is None else label_record(found)

    def believable(self, what: str, without: int, recorded: int) -> bool:
        """Say whether so much can be without a record; else the mark may be the wrong store."""
        if not without or (recorded and (without <= FEW or without < recorded)):
            return True
        self.notes.append(
            f"{what}: {without} without a record, {recorded} with one. Is the label store the right"
            " one? Nothing of it is removed."
        )
        return False

    def mended(self, found: Finding, done: str, mend: Callable[[], Any]) -> Finding:
        """Mend one thing if it was asked for, and tell what became of it."""
        if not self.fix:
            return found
        try:
            mend()
        except StoreError as error:
            return replace(found, done=f"could not be {done}: {error}")
        return replace(found, done=done, mended=True)


@contextmanager
def reading(step: Step) -> Iterator[None]:
    """Say which store it was that could not be read. Raises Unreadable."""
    try:
        yield
    except StoreError as error:
        raise Unreadable(f"{step.path} could not be read: {error}") from error
