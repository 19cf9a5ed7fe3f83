"""A line of JSON for each record, and its data as files beside them."""

from collections.abc import Iterator, Mapping
from typing import Any

from librarian import strictjson
from librarian.exporting import table
from librarian.exporting.context import Context
from librarian.exporting.fetching import Fetched
from librarian.exporting.formats.format import Features, Format, files, whole
from librarian.exporting.plan import Piece, Row


class Jsonl(Format):
    """A line of JSON for each record, `train.jsonl`, and its data as files in `files/`."""

    name = "jsonl"

    def write(self, context: Context, piece: Piece, records: Iterator[Fetched]) -> None:
        """Write the files of a piece."""
        files(context, records, context.folder / table.FILES, lambda r, i: table.name(context, r, i))

    def finish(self, context: Context) -> None:
        """Write the lines."""
        for split in context.splits:
            with whole(context.folder / f"{split}.jsonl") as file:
                for row in context.written(split):
                    file.write(strictjson.dumps(table.row(context, row)) + b"\n")

    def place(self, context: Context, row: Row, item: Mapping[str, Any], piece: Piece) -> str:
        """Say in which file a piece of data lies."""
        name = table.name(context, row, item)
        return f"{table.FILES}/{name}" if name else f"{row.split}.jsonl"

    def patterns(self, context: Context, split: str) -> str:
        """Name the file of a split's lines."""
        return f"{split}.jsonl"

    def features(self, context: Context) -> Features:
        """Name the members of a line."""
        return table.features(context)
