"""Which records are on one page of the gallery? The newest that fit, found in bounded time."""

from dataclasses import dataclass

from librarian.collection import Collection, Cursor, Entry
from librarian.uid import ALONE
from librarian.web.desk.asked import SHOWN, Asked

LOOKED_AT = 10_000
"""Records in which words are searched for at one time; then the next page goes on."""


@dataclass(frozen=True)
class Shown:
    """The records of a page, and where the next begins; None where there is none."""

    entries: tuple[Entry, ...]
    then: Cursor | None
    searched: str = ""
    """The moment down to which words were searched for and reading goes on; empty otherwise."""


def read(collection: Collection, asked: Asked) -> Shown:
    """Read one page. Raises StoreError."""
    if ALONE.fullmatch(asked.words):
        entry = collection.get(asked.words)
        fits = entry is not None and asked.selection.fits(entry.whole)
        return Shown((entry,) if entry is not None and fits else (), None)
    if asked.words:
        return _searched(collection, asked)
    found = list(
        collection.select(asked.selection, asked.after, newest_first=True, limit=SHOWN + 1)
    )
    shown = tuple(found[:SHOWN])
    return Shown(shown, shown[-1].cursor if len(found) > SHOWN else None)


def _searched(collection: Collection, asked: Asked) -> Shown:
    found: list[Entry] = []
    entries = collection.select(asked.selection, asked.after, newest_first=True)
    for number, entry in enumerate(entries, 1):
        if asked.fits(entry):
            found.append(entry)
        if len(found) == SHOWN or number == LOOKED_AT:
            return Shown(tuple(found), entry.cursor, entry.received_at)
    return Shown(tuple(found), None)
