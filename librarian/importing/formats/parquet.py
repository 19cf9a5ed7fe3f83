"""Shards of Parquet that were exported here, a group of rows at a time."""

from pathlib import Path
from typing import Any

from librarian.importing.exported import Told
from librarian.importing.found import Piece, Row, Rows, Unusable, given

AT_ONCE = 64
"""Rows that are held at one time."""


def rows(folder: Path, about: Told) -> Rows:
    """Yield the rows. Raises Unusable where pyarrow is not installed, or a shard is broken."""
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError:
        message = "parquet needs pyarrow: pip install 'data-librarian[parquet]'."
        raise Unusable(message) from None
    for path in sorted(folder.rglob("*.parquet")):
        try:
            with parquet.ParquetFile(path) as file:
                number = 0
                for batch in file.iter_batches(AT_ONCE):
                    for row in batch.to_pylist():
                        number += 1
                        data = _data(row, about)
                        yield Row(f"{path.name}, row {number}", row, data)
        except ArrowInvalid:
            raise Unusable(f"{path.name} is no Parquet, or broken off.") from None


def _data(row: dict[str, Any], about: Told) -> dict[str, Piece]:
    """Take the data out of a row; texts are left, as in every table."""
    found = {}
    for tag, kind in (about.inputs or {"image": "image"}).items():
        value = row.get(tag) if kind != "text" else None
        if isinstance(value, dict):
            value = value.get("bytes")
        if isinstance(value, bytes):
            del row[tag]
            found[tag if about.inputs else ""] = given(value, "")
        elif value is None and kind != "text":
            row.pop(tag, None)
    return found
