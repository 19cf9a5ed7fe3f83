"""How does a row of an export become a contribution again? Columns become labels, files data.

A folder that was exported here tells in its manifest which columns are labels, of which kind, and
which inputs there were. Columns that it does not tell are labels too: somebody has added them.
Without a manifest it is a folder of somebody else's: all columns are labels but those that name
files.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from librarian import strictjson, uid
from librarian.exporting import cells, manifest
from librarian.exporting.columns import MORE, nested
from librarian.importing.found import Broken, Found, Piece, Row, Rows, Unusable, file, given

FACTS = {"_received_at": "received_at", "_contributor": "contributor"}
NAMES = ("file", "file_name")
"""Columns that name the file of the one input, or of the first."""
OURS = frozenset({"uid", "_state", *FACTS})


@dataclass(frozen=True)
class Told:
    """What the manifest of a folder says; nothing where there is none."""

    format: str = ""
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    """The kind of data of each input, by tag."""
    label: str = ""
    classes: tuple[str, ...] = ()


def told(folder: Path) -> Told:
    """Read the manifest of a folder, where it has one. Raises Unusable."""
    path = folder / manifest.NAME
    if not path.is_file():
        return Told()
    try:
        read = strictjson.loads(path.read_bytes())
        if read["form"] > manifest.FORM:
            raise Unusable(f"{folder} was exported by a later version than this one.")
        return Told(
            read["format"],
            {each["name"]: each for each in read["columns"]},
            {each["tag"]: each["kind"] for each in read["inputs"]},
            read["label"],
            tuple(read.get("classes", ())),
        )
    except (OSError, strictjson.NotJson, KeyError, TypeError):
        raise Unusable(f"{path} is no manifest of an export.") from None


def contributions(folder: Path, rows: Rows, about: Told, tags: tuple[str, ...]) -> Iterator[Found]:
    """Make contributions of rows; `tags` are those of the configured inputs."""
    for row in rows:
        try:
            yield _one(folder, row, about, tags)
        except Broken as error:
            yield Found(row.place, {}, {}, fault=f"{str(error)[:1].upper()}{str(error)[1:]}.")


def _one(folder: Path, row: Row, about: Told, tags: tuple[str, ...]) -> Found:
    left = dict(row.cells)
    pieces = {**row.data, **_data(folder, left, about, tags)}
    own = left.pop("uid", None)
    facts = {FACTS[each]: left[each] for each in FACTS if left.get(each)}
    labels: dict[str, Any] = {}
    for column, value in left.items():
        if column in OURS or value is None:
            continue
        if column == MORE and about.format:
            labels |= _object(column, value)
        else:
            said = about.columns.get(column)
            labels[said["label"] if said else column] = _value(column, value, said)
    if row.written:
        return Found(row.place, labels, pieces, written=True)
    try:
        whole = nested(labels)
    except TypeError:
        raise Broken("a label is a value and holds labels at once") from None
    known = own if isinstance(own, str) and uid.ALONE.fullmatch(own) and about.format else ""
    return Found(known or row.place, whole, pieces, uid=known, facts=facts if known else {})


def _data(
    folder: Path, left: dict[str, Any], about: Told, tags: tuple[str, ...]
) -> dict[str, Piece]:
    """Take out of a row what names its data, or is its data."""
    found: dict[str, Piece] = {}
    wanted = about.inputs or dict.fromkeys(tags, "file")
    for tag, kind in wanted.items():
        for column in (f"{tag}_file", f"{tag}_file_name"):
            if named := left.pop(column, None):
                found[tag] = file(folder, str(named))
        if kind == "text" and isinstance(text := left.pop(tag, None), str):
            found[tag] = given(text.encode(), "")
    for column in NAMES:
        if named := left.pop(column, None):
            first = next((tag for tag, kind in about.inputs.items() if kind != "text"), "")
            found.setdefault(first, file(folder, str(named)))
    return found


def _value(column: str, value: Any, said: Mapping[str, str] | None) -> Any:
    """Read a cell as its column's kind; text comes of CSV, other values of JSON."""
    kind = said["kind"] if said else ""
    if kind == "json" or (kind == "list" and isinstance(value, str)):
        try:
            return strictjson.loads(value)
        except (strictjson.NotJson, TypeError):
            raise Broken(f"the column “{column[:60]}” does not hold JSON") from None
    if isinstance(value, str) and kind in READ:
        with suppress(ValueError):
            return READ[kind](value)  # else a validator says what it should have been
    return value


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return bool(json.loads(text))


READ: Mapping[str, Callable[[str], Any]] = {"int": int, "float": float, "bool": _truth}
"""How text of a table is read that an export wrote there as something else."""


def _object(column: str, text: Any) -> dict[str, Any]:
    try:
        read = strictjson.loads(text)
    except (strictjson.NotJson, TypeError):
        read = None
    if not isinstance(read, dict):
        raise Broken(f"the column “{column}” does not hold a JSON object")
    return read


def plain(row: Mapping[str, str]) -> dict[str, str]:
    """Read cells that were written so that no spreadsheet runs them."""
    return {cells.plain(name): cells.plain(value) for name, value in row.items()}
