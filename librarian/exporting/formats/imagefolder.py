"""Pictures in folders, as `datasets` and torchvision load them."""

from collections.abc import Mapping
from typing import Any

from librarian import strictjson
from librarian.exporting import classes, naming, table
from librarian.exporting.context import Context
from librarian.exporting.formats.format import Features, Format, whole
from librarian.exporting.plan import Row


class Imagefolder(Format):
    """Pictures in a folder for each split, and `metadata.jsonl` with their labels beside them.

    With --label, a folder for each value of that label instead, and nothing of the other labels.
    """

    name = "imagefolder"
    where = "{split}/**"
    table = "{split}/metadata.jsonl"
    pictures = True
    classed = True

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

    def file(self, context: Context, row: Row, item: Mapping[str, Any]) -> str:
        """Name the file of a piece of data."""
        if not context.label:
            name = table.name(context, row, item)
        elif item["tag"] != context.picture:
            name = ""
        else:
            word = classes.word(row.body["labels"], context.label)
            name = f"{naming.folder(word)}/{context.name(row, item)}"
        return name and f"{row.split}/{name}"

    def features(self, context: Context) -> Features:
        """Name what a picture comes with."""
        if context.label:
            names = sorted(map(naming.folder, context.classes))
            numbered = {str(number): name for number, name in enumerate(names)}
            known = [("label", {"class_label": {"names": numbered}})] if len(names) > 1 else []
            return [("image", "image"), *known]
        lean = context.columns.without(table.sparse(context))
        return table.features(context, columns=lean, suffix="_file_name", pictures="image")
