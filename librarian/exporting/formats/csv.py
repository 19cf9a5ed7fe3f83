"""A table of CSV, which spreadsheets open, and the data as files beside it."""

import io
from collections.abc import Mapping
from typing import Any

from librarian.exporting import cells, table
from librarian.exporting.context import Context
from librarian.exporting.formats.format import Features, Format, whole
from librarian.exporting.plan import Row


class Csv(Format):
    """A table for each split, `train.csv`, and the data as files in `files/`."""

    name = "csv"
    where = table = "{split}.csv"

    def finish(self, context: Context) -> None:
        """Write the tables; cells.py tells how no cell becomes a formula."""
        names = [name for name, _ in table.features(context)]
        for split in context.splits:
            with whole(context.folder / f"{split}.csv") as file:
                text = io.TextIOWrapper(file, encoding="utf-8", newline="")
                rows = (_row(context, row) for row in context.written(split))
                cells.write(text, names, ([row[name] for name in names] for row in rows))
                text.flush()
                text.detach()

    def file(self, context: Context, row: Row, item: Mapping[str, Any]) -> str:
        """Name the file of a piece of data; text has none, for it stands in the table."""
        name = table.name(context, row, item)
        return name and f"{table.FILES}/{name}"

    def features(self, context: Context) -> Features:
        """Name the columns; a list is a text here."""
        made = table.features(context)
        return [(name, kind if isinstance(kind, str) else "string") for name, kind in made]


def _row(context: Context, row: Row) -> dict[str, Any]:
    """Give one row; a contributor who is not named is nothing here, and no empty text."""
    made = table.row(context, row)
    return made | {"_contributor": made.get("_contributor") or None}
