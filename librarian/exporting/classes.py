"""Which class does a record belong to, and where is its box? For formats that know both."""

from collections.abc import Mapping
from typing import Any

from librarian import paths, strictjson
from librarian.exporting.boxes import Drawn
from librarian.exporting.context import Context
from librarian.exporting.plan import Row

ALL = "object"
"""The class of all boxes where no label says it."""
NONE = "unlabelled"
"""The class of a record that lacks the label."""
MOST = 10_000


def word(labels: Mapping[str, Any], name: str) -> str:
    """Give the class that a label says, as a word."""
    value = paths.find(labels, paths.path_of(name))
    if value is paths.ABSENT or value is None or value == "":
        return NONE
    return value if isinstance(value, str) else strictjson.dumps(value).decode()


def of(context: Context, row: Row) -> str:
    """Give the class of a record's box."""
    return word(row.body["labels"], context.label) if context.label else ALL


def picture(context: Context, row: Row, item: Mapping[str, Any]) -> str:
    """Name the file of the one picture that boxes are drawn on; other data have none."""
    return context.name(row, item) if item["tag"] == context.picture else ""


def drawn(context: Context, row: Row) -> Drawn | None:
    """Give the box of a record on its picture; None where there is none."""
    item = context.item(row, context.picture)
    if item is None or context.boxes is None or not item.get("width"):
        return None
    return context.boxes.of(row.body["labels"], item["width"], item["height"])
