"""What did a service keep? Read past it, from its own files: which request, and which picture."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.load import DIGITS

Kept = Iterator[tuple[int, Path]]
"""The number of each request that is kept, and the file that holds its picture."""


def librarian(folder: Path) -> Kept:
    """Read our label records, and where each says that its picture lies."""
    for (text,) in _rows(folder, "SELECT document FROM contributions"):
        row = json.loads(text)
        (picture,) = row["_librarian"]["data"]
        yield number(row["filename"]), folder / "images" / picture["stored"][0]["name"]


def peer(folder: Path) -> Kept:
    """Read the table of a peer in Python."""
    for filename, picture in _rows(folder, "SELECT filename, picture FROM uploads"):
        yield number(filename), folder / "pictures" / picture


def tus(folder: Path) -> Kept:
    """Read the metadata that lie beside each upload."""
    for each in (folder / "pictures").glob("*.json"):
        told = json.loads(each.read_bytes())
        yield number(told["metadata"]["filename"]), each.with_suffix("")


def nginx(folder: Path) -> Kept:
    """Read the names of the files."""
    for each in (folder / "pictures").iterdir():
        yield number(each.name), each


def number(filename: str) -> int:
    """Read a request's number off the file's name it was sent with."""
    return int(filename[:DIGITS])


def _rows(folder: Path, query: str) -> Iterator[tuple[str, ...]]:
    file = folder / "labels.sqlite"
    if not file.exists():
        return  # nothing was ever kept
    with closing(sqlite3.connect(file)) as connection:
        yield from connection.execute(query)
