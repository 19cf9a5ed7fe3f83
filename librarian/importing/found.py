"""What does a folder hold? Contributions: labels, data, and which records these were before."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any


class Unusable(Exception):
    """The folder cannot be taken in as it is; the text is a sentence for each fault."""


class Broken(Exception):
    """One contribution of it cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of data: what its file is called, and how its bytes are read."""

    filename: str
    read: Callable[[], bytes]
    """Gives the bytes. Raises Broken."""


@dataclass(frozen=True, slots=True)
class Found:
    """One contribution of a folder. `written` labels are text, yet to be read by their types."""

    name: str
    labels: Mapping[str, Any]
    data: Mapping[str, Piece]
    """Its data by tag; the tag is empty where the folder does not tell it: the first input."""
    written: bool = False
    uid: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Of one that was exported: `received_at`, `contributor`."""
    fault: str = ""
    """Why it cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: where it stands, its cells, and data that do not lie in files."""

    place: str
    cells: Mapping[str, Any]
    data: Mapping[str, Piece] = field(default_factory=dict)
    written: bool = False
    """Whether all cells are text, as in CSV."""


Rows = Iterator[Row]


def inside(folder: Path, name: str) -> Path:
    """Give the path of a file that a table of the folder names. Raises Broken.

    A table may be anybody's: what it names outside of the folder is not read.
    """
    path = folder / PurePosixPath(name.replace("\\", "/"))
    try:
        if path.resolve(strict=True).is_relative_to(folder.resolve()) and path.is_file():
            return path
    except OSError:
        pass
    raise Broken(f"there is no file “{name[:80]}” in {folder}")


def file(folder: Path, name: str) -> Piece:
    """Give the piece of data that is a file of the folder."""

    def read() -> bytes:
        try:
            return inside(folder, name).read_bytes()
        except OSError as error:
            raise Broken(f"“{name[:80]}” cannot be read: {error.strerror}") from None

    return Piece(PurePosixPath(name).name, read)


def given(content: bytes, name: str) -> Piece:
    """Give the piece of data whose bytes are at hand."""
    return Piece(name, lambda: content)
