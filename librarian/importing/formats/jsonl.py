"""The lines of every table of JSON Lines at the top of a folder."""

from pathlib import Path

from librarian import strictjson
from librarian.exporting.manifest import RECORDS
from librarian.importing.exported import Told
from librarian.importing.found import Row, Rows, Unusable


def rows(folder: Path, about: Told) -> Rows:
    """Yield the rows. Raises Unusable where a line is no JSON object."""
    for path in sorted(folder.glob("*.jsonl")):
        if path.name != RECORDS or not about.format:
            yield from lines(path)


def lines(path: Path) -> Rows:
    """Yield the rows of one table."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                place = f"{path.name}, line {number}"
                try:
                    row = strictjson.loads(line)
                except strictjson.NotJson as error:
                    raise Unusable(f"{place}: {error}.") from None
                if not isinstance(row, dict):
                    raise Unusable(f"{place}: this is not a JSON object.")
                yield Row(place, row)
