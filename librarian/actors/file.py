"""How are data kept as files? One each in a folder, the very bytes that were sent."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from librarian import uid
from librarian.component import Actor, component
from librarian.disk import folder
from librarian.record import Part, Stored, label_record


@component
class File(Actor[Part]):
    """Keep each contribution as a file in a folder, byte for byte as it was sent.

    Files are named by the uid, with the extension that fits the bytes; JSON data are kept in the
    text in which they came, label records as JSON.
    """

    name = "file"
    example = {"args": ["contributions/files"]}
    local = True

    directory: Annotated[str, Field(min_length=1, description="folder to keep the files in")]

    @cached_property
    def _folder(self) -> Path:
        return Path(self.directory).expanduser()

    @property
    def kept_in(self) -> tuple[str, ...]:
        """The folder."""
        return ("folder", folder.led_to(self.directory))

    def name_of(self, key: str, extension: str) -> str:
        """Name the file."""
        return key + extension

    def act(self, key: str, part: Part) -> Stored:
        """Create the file. Raises Exists, StoreError."""
        name = self.name_of(folder.checked(key), part.extension)
        folder.create(self._folder, name, part.content)
        return Stored(self.name, name)

    def undo(self, stored: Stored) -> None:
        """Remove the file. Raises StoreError."""
        folder.remove(self._folder, stored.name)

    def fetch(self, name: str) -> bytes | None:
        """Give the file's bytes, None where there is none. Raises StoreError."""
        return folder.read(self._folder, name)

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the files of this service, each with its time of change. Raises StoreError."""
        return folder.names(self._folder)

    def scan(self) -> Iterator[bytes]:
        """Yield the label records, as the folder has them. Raises StoreError."""
        for name, _ in self.names():
            if uid.ALONE.fullmatch(name.removesuffix(".json")):
                content = self.fetch(name)
                if content is not None and label_record(content):
                    yield content

    def ping(self) -> None:
        """Try whether files can be created there. Raises StoreError."""
        folder.probe(self._folder)
