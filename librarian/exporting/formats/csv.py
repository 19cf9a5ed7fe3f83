"""A table of CSV, which spreadsheets open, and the data as files beside it."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

from librarian.exporting import cells, table
from librarian.exporting.context import Context
from librarian.exporting.fetching import Fetched
from librarian.exporting.formats.format import Features, Format, files, whole
from librarian.exporting.plan import Piece, Row


class Csv(Format):
    """A table for each split, `train.csv`, and the data as files in `files/`."""

    name = "csv"

    def write(self, context: Context, piece: Piece, records: Iterator[Fetched]) -> None:
        """Write the files of a piece."""
        files(context, records, context.folder / table.FILES, lambda r, i: table.name(context, r, i))

    def finish(self, context: Context) -> None:
        """Write the tables; cells.py tells how no cell becomes a formula."""
        names = [name for name, _ in table.features(context)]
        for split in context.splits:
            with whole(context.folder / f"{split}.csv") as file:
                text = io.TextIOWrapper(file, encoding="utf-8", newline="")
                rows = (table.row(context, row) for row in context.written(split))
                cells.write(text, names, ([row[name] for name in names] for row in rows))
                text.flush()
                text.detach()

    def place(self, context: Context, row: Row, item: Mapping[str, Any], piece: Piece) -> str:
        """Say in which file a piece of data lies."""
        name = table.name(context, row, item)
        return f"{table.FILES}/{name}" if name else f"{row.split}.csv"

    def patterns(self, context: Context, split: str) -> str:
        """Name the table of a split."""
        return f"{split}.csv"
