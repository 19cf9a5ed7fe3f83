"""Do the label and the data stores agree? What does not is found, and mended where that is safe.

The mark is the truth. Everything is listed first and compared then; before anything is removed or
written, the mark is asked once more, so that a record that comes about meanwhile is never hurt.

    intents   attempts that ended without an end: settled, as the service itself does
    copies    label stores beside the mark: what they lack is written, what has no mark is removed
    orphans   data that no record names: removed
    records   whose data are not there, or not as they were: told, for nothing can be invented

Nothing younger than an hour is touched, nor what waits in the spool of this machine.
"""

import time
from collections.abc import Collection, Iterator
from contextlib import closing

from librarian.chain import Step
from librarian.commit import Commit
from librarian.component import Scans
from librarian.progress import Progress
from librarian.reconcile import copies, data, intents
from librarian.reconcile.look import Finding, Look, Unreadable, reading
from librarian.reconcile.references import MARK
from librarian.reconcile.stores import Store, stores
from librarian.record import label_record

__all__ = ["Finding", "Look", "NoMark", "Unreadable", "look_at", "run"]


class NoMark(Exception):
    """No configured label store can be read back, so there is nothing to compare with."""


def look_at(
    commit: Commit,
    progress: Progress,
    *,
    tags: Collection[str] = (),
    fix: bool = False,
    deep: bool = False,
    now: float | None = None,
) -> Look:
    """Make ready to look at the stores of a service; `now` is Unix time. Raises NoMark."""
    mark = commit.mark
    if mark is None or not isinstance(mark.component, Scans):
        raise NoMark
    at = time.time() if now is None else now
    return Look(commit, mark, at, progress, tags=tags, fix=fix, deep=deep)


def run(look: Look) -> Iterator[Finding]:
    """Compare the stores, and mend them where that was asked for. Raises Unreadable."""
    with closing(look.known):
        yield from intents.compare(look)
        places = stores(look.commit.data)
        others = [step for step in look.commit.copies if isinstance(step.component, Scans)]
        # data first: what is stored while the marks are read has its data, not the other way round
        for place, store in enumerate(places):
            _list(look, place, store)
        look.checked["records"] = _scan(look, MARK, look.mark)
        for place, step in enumerate(others):
            look.checked["copies"] += _scan(look, place, step)
        for place, step in enumerate(others):
            yield from copies.compare(look, place, step)
        yield from data.orphans(look, places)
        yield from data.records(look, places)


def _list(look: Look, place: int, store: Store) -> None:
    with reading(store.step):
        names = store.step.component.names()
        for name, at in look.progress.over(names, f"listing {store.step.path}"):
            look.known.keep(place, name, store.key_of(name), at)
            look.checked["orphans"] += 1


def _scan(look: Look, place: int, step: Step) -> int:
    """Read every label record of a store, and say how many they are."""
    count = 0
    with reading(step):
        for content in look.progress.over(step.component.scan(), f"reading {step.path}"):
            whole = label_record(content)
            if whole is not None:
                look.known.record(place, whole)
                count += 1
    return count
