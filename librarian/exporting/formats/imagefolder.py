"""Pictures in folders, as `datasets` and torchvision load them."""

from collections.abc import Iterator, Mapping
from typing import Any

from librarian import strictjson
from librarian.exporting import classes, naming, table
from librarian.exporting.context import Context
from librarian.exporting.fetching import Fetched
from librarian.exporting.formats.format import Features, Format, files, whole
from librarian.exporting.plan import Piece, Row


class Imagefolder(Format):
    """Pictures in a folder for each split, and `metadata.jsonl` with their labels beside them.

    With --label, a folder for each value of that label instead, and nothing of the other labels.
    """

    name = "imagefolder"
    pictures = True
    classed = True

    def write(self, context: Context, piece: Piece, records: Iterator[Fetched]) -> None:
        """Write the pictures of a piece."""
        folder = context.folder / piece.split
        files(context, records, folder, lambda row, item: self._name(context, row, item))

    def finish(self, context: Context) -> None:
        """Write the labels, where folders do not say them."""
        if context.label:
            return
        lean = context.columns.without(table.sparse(context))
        for split in context.splits:
            with whole(context.folder / split / "metadata.jsonl") as file:
                for row in context.written(split):
                    made = table.row(context, row, columns=lean, suffix="_file_name")
                    file.write(strictjson.dumps(made) + b"\n")

    def place(self, context: Context, row: Row, item: Mapping[str, Any], piece: Piece) -> str:
        """Say in which file a piece of data lies."""
        name = self._name(context, row, item)
        if name:
            return f"{row.split}/{name}"
        return "" if context.label else f"{row.split}/metadata.jsonl"

    def patterns(self, context: Context, split: str) -> str:
        """Name the folder of a split."""
        return f"{split}/**"

    def features(self, context: Context) -> Features:
        """Name what a picture comes with."""
        if context.label:
            names = sorted(map(naming.folder, context.classes))
            numbered = {str(number): name for number, name in enumerate(names)}
            known = [("label", {"class_label": {"names": numbered}})] if len(names) > 1 else []
            return [("image", "image"), *known]
        lean = context.columns.without(table.sparse(context))
        return table.features(context, columns=lean, suffix="_file_name", pictures="image")

    def _name(self, context: Context, row: Row, item: Mapping[str, Any]) -> str:
        if not context.label:
            return table.name(context, row, item)
        if item["tag"] != context.picture:
            return ""
        word = classes.word(row.body["labels"], context.label)
        return f"{naming.folder(word)}/{context.name(row, item)}"
