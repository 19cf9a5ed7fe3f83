"""The rows of every table of CSV at the top of a folder; an empty cell is no label.

Tables that were exported here say an empty text as a single quote; see exporting/cells.py.
"""

import csv
from pathlib import Path

from librarian.importing import exported
from librarian.importing.exported import Told
from librarian.importing.found import Row, Rows, Unusable

LONGEST = 2**31 - 1
"""Characters of a cell; Python's own bound is shorter than many a text."""


def rows(folder: Path, about: Told) -> Rows:
    """Yield the rows. Raises Unusable where a table is no CSV."""
    for path in sorted(folder.glob("*.csv")):
        yield from lines(path, ours=bool(about.format))


def lines(path: Path, *, ours: bool) -> Rows:
    """Yield the rows of one table; `ours` says that its cells were made safe here."""
    csv.field_size_limit(LONGEST)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True, restkey="")
        try:
            for row in reader:
                place = f"{path.name}, line {reader.line_num}"
                if None in row.values() or "" in row:
                    raise Unusable(f"{place}: it does not have as many cells as the header.")
                filled = {name: value for name, value in row.items() if value != ""}
                yield (
                    Row(place, exported.plain(filled)) if ours else Row(place, filled, written=True)
                )
        except csv.Error as error:
            raise Unusable(f"{path.name}: this is not CSV: {error}.") from None
        except UnicodeDecodeError:
            raise Unusable(f"{path.name} is not UTF-8 text.") from None
