"""What is a format of an export? How its data are written, piece by piece, and what comes after."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from librarian.exporting import table as tables

if TYPE_CHECKING:
    from librarian.exporting.context import Context
    from librarian.exporting.fetching import Fetched
    from librarian.exporting.plan import Piece, Row

Features = Sequence[tuple[str, Any]]
"""Names and types of what a trainer gets, in the words of a dataset card."""
PARTIAL = ".part"


class Format:
    """A kind of folder that trainers load."""

    name: ClassVar[str]
    sharded: ClassVar[bool] = False
    """Whether data are written into large files of many records."""
    ending: ClassVar[str] = ""
    """What the name of such a file ends in."""
    where: ClassVar[str] = ""
    """Which files of the folder hold the data of a split, where there are no shards."""
    table: ClassVar[str] = ""
    """Which file of it holds texts, as they stand there."""
    pictures: ClassVar[bool] = False
    """Whether it holds nothing but pictures, so that records without one are left out."""
    boxed: ClassVar[bool] = False
    """Whether it needs a box on each picture."""
    classed: ClassVar[bool] = False
    """Whether it has a use for a label that is a class."""
    options: ClassVar[Mapping[str, Any]] = {}
    """What else a dataset card says to whoever loads it."""

    def ready(self) -> None:
        """Raise ImportError where a library is missing that it stands on."""

    def write(
        self,
        context: "Context",
        piece: "Piece",  # noqa: ARG002 - for shards
        records: Iterator["Fetched"],
    ) -> None:
        """Write the data of one piece; to do so again gives the same.

        Where there are no shards, each piece of data is a file.
        """
        made = set()
        for fetched in records:
            for item in () if fetched.fault else fetched.row.data:
                if name := self.file(context, fetched.row, item):
                    path = context.folder / name
                    if path.parent not in made:
                        path.parent.mkdir(parents=True, exist_ok=True)
                        made.add(path.parent)
                    path.write_bytes(fetched.content[item["tag"]])

    def finish(self, context: "Context") -> None:
        """Write what stands beside the data, of all that are written."""

    def file(self, context: "Context", row: "Row", item: Mapping[str, Any]) -> str:
        """Name the file of the folder in which a piece of data lies alone; empty: in none."""
        raise NotImplementedError

    def place(self, context: "Context", row: "Row", item: Mapping[str, Any], piece: "Piece") -> str:
        """Say in which file of the folder a piece of data lies; empty: in none."""
        if self.sharded:
            return self.shard(piece)
        return self.file(context, row, item) or self.table.format(split=row.split)

    def features(self, context: "Context") -> Features:
        """Name what a trainer gets, and its types; of pictures alone nothing but these."""
        return [("image", "image")] if self.pictures else tables.features(context)

    def shard(self, piece: "Piece") -> str:
        """Say in which file of the folder a piece lies whole."""
        return f"data/{piece.split}-{piece.number:05}-of-{piece.of:05}.{self.ending}"

    def pattern(self, split: str) -> str:
        """Say which files of the folder hold the data of a split."""
        return f"data/{split}-*.{self.ending}" if self.sharded else self.where.format(split=split)


@contextmanager
def whole(path: Path, *, synced: bool = True) -> Iterator[BinaryIO]:
    """Write a file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL)
    with partial.open("wb") as file:
        yield file
        if synced:
            file.flush()
            os.fsync(file.fileno())
    partial.replace(path)


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
