"""What do actors that keep all documents in one file have in common? All but the file's layout."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from librarian import strictjson
from librarian.component import Actor, component
from librarian.disk import folder
from librarian.disk.layout import Layout
from librarian.disk.reviewed import ReviewedFile
from librarian.record import Document, Stored
from librarian.selection import Cursor, Selection
from librarian.state import Amendment, Event


@component
class OneFile(Actor[Document]):
    """Keeps documents in one file, an index beside it, and states beside both."""

    local = True
    layout: ClassVar[Layout]

    path: Annotated[str, Field(min_length=1, description="file to keep the documents in")]

    @cached_property
    def _file(self) -> ReviewedFile:
        return ReviewedFile(Path(self.path).expanduser(), self.layout)

    @property
    def kept_in(self) -> tuple[str, ...]:
        """The file, in whichever layout."""
        return ("file", folder.led_to(self.path))

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
