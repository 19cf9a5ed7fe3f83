"""Which labels go with which file? The same for all, or a table beside the files.

A table is CSV (RFC 4180) with a header, or JSON Lines; its column or member `file` names the file,
every other one is a label. What CSV holds is text, which the service reads as the type that it
declares for that label; an empty cell is no label.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from librarian import strictjson

FILE = "file"


class Unusable(Exception):
    """What stands on the command line cannot be used; the text is a sentence for each fault."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one contribution; `written` says that they are text yet to be read."""

    values: Mapping[str, Any] = field(default_factory=dict)
    written: bool = False

    @property
    def told(self) -> bytes:
        """Everything about them, in one canonical form."""
        return strictjson.dumps([self.written, self.values])


@dataclass(frozen=True, slots=True)
class Labelling:
    """Says of each file with which labels it goes."""

    place: str
    """The table's name; empty where all files have the same labels."""
    rows: Mapping[str, Labels]
    same: Labels = Labels()

    def of(self, file: str) -> Labels:
        """Give the labels of a file, named in a table as it is here or by its last part."""
        if not self.place:
            return self.same
        found = self.rows.get(file) or self.rows.get(Path(file).name)
        if found is None:
            raise Unusable(f"{self.place} says nothing about {file}.")
        return found


def read(said: str) -> Labelling:
    """Read what `--labels` says: nothing, a JSON object, or a table's path. Raises Unusable."""
    if not said:
        return Labelling("", {})
    if said.lstrip().startswith("{"):
        return Labelling("", {}, Labels(_object(said, "--labels")))
    path = Path(said)
    kinds = {".csv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl}
    if path.suffix.lower() not in kinds:
        message = "is neither a JSON object nor the path of a .csv or .jsonl file"
        raise Unusable(f"--labels {said[:200]} {message}.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError:
        reason = "cannot be read" if path.exists() else "is not there"
        raise Unusable(f"The file {said} {reason}.") from None
    except UnicodeDecodeError:
        raise Unusable(f"{said} is not UTF-8 text.") from None
    rows: dict[str, Labels] = {}
    for line, name, labels in kinds[path.suffix.lower()](text, said):
        if name in rows:
            raise Unusable(f"{said}, line {line}: {name} is there twice.")
        rows[name] = labels
    return Labelling(said, rows)


Row = tuple[int, str, Labels]


def _csv(text: str, place: str) -> Iterator[Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="")
    try:
        names = reader.fieldnames or ()
        if FILE not in names:
            raise Unusable(f"{place} needs a column “{FILE}” that names the files.")
        if len(set(names)) < len(names) or "" in names:
            raise Unusable(f"{place} has a column twice, or one without a name.")
        for row in reader:
            if None in row.values() or "" in row:
                message = "does not have as many cells as the header"
                raise Unusable(f"{place}, line {reader.line_num}: it {message}.")
            name = row.pop(FILE)
            values = {label: value for label, value in row.items() if value != ""}
            yield reader.line_num, name, Labels(values, written=True)
    except csv.Error as error:
        where = f"{place}, after line {reader.line_num}"
        raise Unusable(f"{where}: this is not CSV: {error}.") from None


def _jsonl(text: str, place: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            values = _object(line, f"{place}, line {number}")
            name = values.pop(FILE, None)
            if not isinstance(name, str):
                raise Unusable(f"{place}, line {number}: it needs “{FILE}”, the file's name.")
            yield number, name, Labels(values)


def _object(text: str, place: str) -> dict[str, Any]:
    try:
        return strictjson.members(text)
    except strictjson.NotJson as error:
        raise Unusable(f"{place}: {error}.") from None
