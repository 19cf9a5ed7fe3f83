"""How is the state of records kept beside a file of documents? In a database that is merged in.

The file itself is only ever added to. What an amendment says of a record lies in `<file>.review`,
with the events; unlike the index it cannot be made anew from the file, so it is the owner's to keep
and to copy with it. It is made when the first record is amended or withdrawn.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from librarian import paging, state, strictjson
from librarian.disk import audit
from librarian.disk.appendfile import PAGE, AppendFile
from librarian.disk.database import Database
from librarian.disk.layout import Layout
from librarian.record import PROVENANCE, label_record
from librarian.selection import Cursor, Selection
from librarian.stage import Exists
from librarian.state import AMENDABLE, Amendment, Event

SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS amended (
    id TEXT PRIMARY KEY NOT NULL, members TEXT NOT NULL
);
COMMIT;
"""
TABLE = "documents"
MEMBERS = "SELECT id, members FROM amended WHERE id IN ({places})"
SET = "INSERT OR REPLACE INTO amended VALUES (?, ?)"
FORGET = "DELETE FROM amended WHERE id = ?"


class ReviewedFile:
    """A file of JSON documents, and beside it what became of those that are label records."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._documents = AppendFile(path, layout)
        beside = path.with_name(f"{path.name}.review")
        self._review = Database(beside, SCHEMA, synchronous="FULL")

    def append(self, key: str, document: bytes, value: Any) -> None:
        """Add a document, durably. Raises Exists, StoreError; then the file is as before."""
        self._documents.append(key, document, value)

    def read(self, key: str) -> bytes | None:
        """Give a document as it is now, None where there is none. Raises StoreError."""
        content = self._documents.read(key)
        return None if content is None else self._merged({key: content})[key]

    def remove(self, key: str) -> None:
        """Take a document out, durably; what is not there is no fault. Raises StoreError."""
        self._documents.remove(key)
        if self._review.path.exists():
            with self._review.writing() as review:
                review.execute(FORGET, (key,))

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the key and the time of each document of this service. Raises StoreError."""
        return self._documents.names()

    def probe(self) -> None:
        """Try whether the file and its index can be written to. Raises StoreError."""
        self._documents.probe()

    def select(
        self,
        selection: Selection,
        after: Cursor | None = None,
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[bytes]:
        """Yield the label records that fit, in their order or against it. Raises StoreError.

        They are looked up by time; all else is measured.
        """
        told: dict[str, Any] = {"since": selection.since, "until": selection.until}
        for size in paging.sizes(limit, PAGE):
            page = self._documents.page(after, size, newest_first=newest_first, **told)
            for content in self._merged({at.uid: content for at, content in page}).values():
                whole = label_record(content)
                if whole and selection.fits(whole):
                    yield content
            if len(page) < size:
                return
            after = page[-1][0]

    def count(self, selection: Selection) -> int | None:
        """Count the label records that fit, None where all must be read. Raises StoreError."""
        if selection.where or selection.contributor or not selection.any_state:
            return None
        return self._documents.count(selection.since, selection.until)

    def amend(self, uid: str, amendment: Amendment) -> Event | None:
        """Change the state of a label record, and note it with that. Raises StoreError."""
        with self._review.writing() as review:
            content = self._documents.read(uid)
            whole = label_record(content) if content else None
            if whole is None:
                return None
            known = review.execute(MEMBERS.format(places="?"), (uid,)).fetchone()
            whole = _merge(whole, json.loads(known[1])) if known else whole
            told = state.told_of(uid, amendment, state.state_of(whole))
            new = state.amended(whole, amendment)[PROVENANCE]
            members = strictjson.dumps({name: new[name] for name in AMENDABLE if name in new})
            review.execute(SET, (uid, members.decode()))
            audit.note(review, TABLE, told)
        return told

    def withdraw(self, uid: str, event: Event) -> bool:
        """Put a tombstone in the place of a label record, then note it. Raises StoreError.

        What was broken off in between is gone on with by the same event.
        """
        stone = state.tombstone(uid, event.at)
        content = strictjson.dumps(stone)
        with self._review.writing() as review:
            found = self._documents.read(uid)
            if found is not None and label_record(found):
                self._documents.remove(uid)
                found = None
            if found is None:
                try:
                    self._documents.append(uid, content, stone)
                except Exists:
                    return False  # stored anew, just now
            elif found != content:
                return False
            review.execute(FORGET, (uid,))
            audit.note(review, TABLE, event)
        return True

    def events(self, uid: str = "") -> Iterator[Event]:
        """Yield who changed what, of one record or of all, oldest first. Raises StoreError."""
        if self._review.path.exists():
            yield from audit.events(self._review, TABLE, uid)

    def _merged(self, documents: dict[str, bytes]) -> dict[str, bytes]:
        """Give label records as amendments have made them, other documents as they are."""
        known = self._members(list(documents)) if self._review.path.exists() else {}
        for key, members in known.items():
            whole = label_record(documents[key])
            if whole is not None:
                documents[key] = strictjson.dumps(_merge(whole, members))
        return documents

    def _members(self, keys: Sequence[str]) -> dict[str, Any]:
        query = MEMBERS.format(places=", ".join("?" * len(keys)))
        with self._review.reading() as review:
            return {key: json.loads(each) for key, each in review.execute(query, keys)}


def _merge(whole: dict[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    """Give a label record with other amendable members than it was written with."""
    ours = {name: value for name, value in whole[PROVENANCE].items() if name not in AMENDABLE}
    return {**whole, PROVENANCE: {**ours, **members}}
