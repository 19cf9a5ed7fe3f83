"""What is a format of an export? How its data are written, a piece at a time, and what comes after."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

if TYPE_CHECKING:
    from librarian.exporting.context import Context
    from librarian.exporting.fetching import Fetched
    from librarian.exporting.plan import Piece, Row

Features = Sequence[tuple[str, Any]]
"""Names and types of what a trainer gets, in the words of a dataset card."""
PARTIAL = ".part"


class Format:
    """A kind of folder that trainers load; the first sentence of a format's docstring is its help."""

    name: ClassVar[str]
    sharded: ClassVar[bool] = False
    """Whether data are written into large files of many records."""
    pictures: ClassVar[bool] = False
    """Whether it holds nothing but pictures, so that records without one are left out."""
    boxed: ClassVar[bool] = False
    """Whether it needs a box on each picture."""
    classed: ClassVar[bool] = False
    """Whether it has a use for a label that is a class."""

    def ready(self) -> None:
        """Raise ImportError where a library is missing that it stands on."""

    def write(self, context: "Context", piece: "Piece", records: Iterator["Fetched"]) -> None:
        """Write the data of one piece; to do so again gives the same."""
        raise NotImplementedError

    def finish(self, context: "Context") -> None:
        """Write what stands beside the data, of all that are written."""

    def place(self, context: "Context", row: "Row", item: Mapping[str, Any], piece: "Piece") -> str:
        """Say in which file of the folder a piece of data lies; empty: in none."""
        raise NotImplementedError

    def patterns(self, context: "Context", split: str) -> str:
        """Say which files of the folder hold the data of a split."""
        raise NotImplementedError

    def features(self, context: "Context") -> Features:
        """Name what a trainer gets; nothing where that is told from the files."""
        return ()

    def options(self, context: "Context") -> Mapping[str, Any]:
        """Give what else a dataset card says to whoever loads it."""
        return {}


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


def files(
    context: "Context",
    records: Iterator["Fetched"],
    folder: Path,
    name: "Callable[[Row, Mapping[str, Any]], str]",
) -> None:
    """Write data as files into one folder; texts stand in tables, and have no name here."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {folder}
    for fetched in records:
        for item in () if fetched.fault else fetched.row.data:
            own = name(fetched.row, item)
            if own:
                path = folder / own
                if path.parent not in made:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    made.add(path.parent)
                path.write_bytes(fetched.content[item["tag"]])
