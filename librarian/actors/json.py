"""How are documents kept in one JSON file? As an array that is valid after every append."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from librarian import strictjson
from librarian.component import Actor, component
from librarian.disk import folder
from librarian.disk.layout import ARRAY
from librarian.disk.reviewed import ReviewedFile
from librarian.record import Document, Stored
from librarian.selection import Cursor, Selection
from librarian.state import Amendment, Event


@component
class Json(Actor[Document]):
    """Keep labels, or data that are JSON, in one file that is always a valid JSON array.

    A file that is there already is gone on with. Many processes of one machine may write to it; an
    index lies beside it and is made anew where it is missing. States that are given to records lie
    beside it too, in a file that ends in `.review`: keep the two together.
    """

    name = "json"
    example = {"args": ["contributions/labels.json"]}
    local = True

    path: Annotated[str, Field(min_length=1, description="file to keep the documents in")]

    @cached_property
    def _file(self) -> ReviewedFile:
        return ReviewedFile(Path(self.path).expanduser(), ARRAY)

    def name_of(self, key: str, extension: str) -> str:  # noqa: ARG002 - documents have none
        """Name the document: the key itself."""
        return key

    def act(self, key: str, part: Document) -> Stored:
        """Append the document. Raises Exists, StoreError."""
        row = part.row(folder.checked(key))
        self._file.append(key, strictjson.dumps(row), row)
        return Stored(self.name, key)

    def undo(self, stored: Stored) -> None:
        """Take the document out. Raises StoreError."""
        self._file.remove(stored.name)

    def fetch(self, name: str) -> bytes | None:
        """Give the document as JSON, None where there is none. Raises StoreError."""
        return self._file.read(name)

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the documents of this service, each with its time. Raises StoreError."""
        return self._file.names()

    def scan(self) -> Iterator[bytes]:
        """Yield the label records in their order. Raises StoreError."""
        return self._file.select(Selection())

    def select(
        self,
        selection: Selection,
        after: Cursor | None = None,
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[bytes]:
        """Yield the label records that fit, in their order or against it. Raises StoreError."""
        return self._file.select(selection, after, newest_first=newest_first, limit=limit)

    def count(self, selection: Selection) -> int | None:
        """Count the label records that fit, None where all must be read. Raises StoreError."""
        return self._file.count(selection)

    def amend(self, uid: str, amendment: Amendment) -> Event | None:
        """Change the state of a label record, beside the file. Raises StoreError."""
        return self._file.amend(uid, amendment)

    def withdraw(self, uid: str, event: Event) -> bool:
        """Put a tombstone in the place of a label record. Raises StoreError."""
        return self._file.withdraw(uid, event)

    def events(self, uid: str = "") -> Iterator[Event]:
        """Yield who changed what, oldest first. Raises StoreError."""
        return self._file.events(uid)

    def ping(self) -> None:
        """Ask whether the file can be written to. Raises StoreError."""
        self._file.probe()
