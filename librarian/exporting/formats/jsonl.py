"""A line of JSON for each record, and its data as files beside them."""

from collections.abc import Mapping
from typing import Any

from librarian import strictjson
from librarian.exporting import table
from librarian.exporting.context import Context
from librarian.exporting.formats.format import Format, whole
from librarian.exporting.plan import Row


class Jsonl(Format):
    """A line of JSON for each record, `train.jsonl`, and its data as files in `files/`."""

    name = "jsonl"
    where = table = "{split}.jsonl"

    def finish(self, context: Context) -> None:
        """Write the lines."""
        for split in context.splits:
            with whole(context.folder / f"{split}.jsonl") as file:
                for row in context.written(split):
                    file.write(strictjson.dumps(table.row(context, row)) + b"\n")

    def file(self, context: Context, row: Row, item: Mapping[str, Any]) -> str:
        """Name the file of a piece of data; text has none, for it stands in the table."""
        name = table.name(context, row, item)
        return name and f"{table.FILES}/{name}"
