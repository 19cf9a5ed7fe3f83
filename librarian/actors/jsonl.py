"""How are documents kept as lines? One JSON object on each line of one file (jsonlines.org)."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from librarian import strictjson
from librarian.component import Actor, component
from librarian.disk import folder
from librarian.disk.appendfile import AppendFile
from librarian.disk.layout import LINES
from librarian.record import Document, Stored


@component
class Jsonl(Actor[Document]):
    """Keep labels, or data that are JSON, as lines of one file, each a JSON object.

    A file that is there already is gone on with. Many processes of one machine may write to it; an
    index lies beside it and is made anew where it is missing.
    """

    name = "jsonl"
    example = {"args": ["contributions/labels.jsonl"]}
    local = True

    path: Annotated[str, Field(min_length=1, description="file to keep the documents in")]

    @cached_property
    def _file(self) -> AppendFile:
        return AppendFile(Path(self.path).expanduser(), LINES)

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
        return self._file.records()

    def ping(self) -> None:
        """Ask whether the file can be written to. Raises StoreError."""
        self._file.probe()
