"""What is one row of a table of an export? The uid, its data, its labels, what is known of it."""

import re
from collections.abc import Mapping
from typing import Any

from librarian.exporting.columns import MORE, Columns
from librarian.exporting.context import Context, Input
from librarian.exporting.plan import Row

FILES = "files"
"""The folder in which the data of a table lie."""
LOOKED_AT = 1000
"""Rows from whose values `datasets` tells the type of a column of JSON Lines, at least."""
DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T].*)?")
TYPES = {"bool": "bool", "int": "int64", "float": "float64", "str": "string", "json": "string"}
Type = str | Mapping[str, Any]


def name(context: Context, row: Row, item: Mapping[str, Any]) -> str:
    """Name the file of a piece of data; text has none, for it stands in the table."""
    return "" if context.is_text(item["tag"]) else context.name(row, item)


def row(
    context: Context, each: Row, *, columns: Columns | None = None, suffix: str = "_file"
) -> dict[str, Any]:
    """Give one row. `suffix` is how a column is called that names a file."""
    made: dict[str, Any] = {"uid": each.uid}
    for own in context.inputs:
        item = context.item(each, own.tag)
        if own.kind == "text":
            made[own.tag] = each.texts.get(own.tag)
        else:
            folder = f"{FILES}/" if suffix == "_file" else ""
            made[_column(context, own, suffix)] = item and folder + context.name(each, item)
    return made | (columns or context.columns).row(each.body["labels"]) | context.facts(each)


def features(
    context: Context,
    *,
    columns: Columns | None = None,
    suffix: str = "_file",
    pictures: str = "",
) -> list[tuple[str, Type]]:
    """Name every column and its type; `pictures` is the type of a column that names pictures."""
    made: list[tuple[str, Type]] = [("uid", "string")]
    for own in context.inputs:
        if own.kind == "text":
            made.append((own.tag, "string"))
        elif pictures and own.kind == "image":
            made.append((own.tag if context.several else "image", pictures))
        else:
            made.append((_column(context, own, suffix), "string"))
    return [*made, *labels(context, columns or context.columns)]


def labels(context: Context, columns: Columns) -> list[tuple[str, Type]]:
    """Name the columns of labels and of what is known beside them."""
    made: list[tuple[str, Type]] = [
        (c.name, {"sequence": TYPES[c.item]} if c.kind == "list" else TYPES[c.kind])
        for c in columns.all
    ]
    facts = ["_received_at", "_state", *(["_contributor"] if context.contributors else [])]
    return [*made, *((each, "string") for each in facts)]


def typed(kind: Type) -> dict[str, Any]:
    """Write a type as a dataset card does."""
    return dict(kind) if isinstance(kind, Mapping) else {"dtype": kind}


def sparse(context: Context) -> list[str]:
    """Name the columns of which a split has no value in its first rows.

    Readers that tell types from the first rows would take them for columns of nothing, and splits
    that differ so are not loaded. Nor would texts all of which look like dates stay texts.
    """
    wanting = set()
    for split in context.splits:
        told: set[str] = set()
        for number, each in enumerate(context.written(split)):
            if number >= LOOKED_AT:
                break
            values = context.columns.row(each.body["labels"])
            told |= {name for name, value in values.items() if _tells(value)}
        wanting |= {c.name for c in context.columns.all if c.name not in told}
    return sorted(wanting - {MORE})


def _tells(value: Any) -> bool:
    if isinstance(value, str):
        return not DATE.fullmatch(value)
    return value is not None and value != []


def _column(context: Context, own: Input, suffix: str) -> str:
    """Name the column that names a file; those of pictures make `datasets` load them."""
    if own.kind != "image":
        suffix = "_file"
    return f"{own.tag}{suffix}" if context.several else suffix.removeprefix("_")
