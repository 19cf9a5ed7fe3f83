"""Which columns do labels make, and of which type? The same ones in every format.

Labels within labels become columns with dots (`box.x`), as everywhere here. A label that is now a
number and now a text, or a list of lists, is a column of JSON texts. Null is no value. What comes
after the first 500 columns, as anybody may send labels where no validator forbids it, stands as
one JSON object in the column `_more`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from librarian import strictjson

Kind = Literal["bool", "int", "float", "str", "list", "json"]
Scalar = Literal["", "bool", "int", "float", "str"]
MOST = 500
MORE = "_more"
EXACT = 2**53
"""The largest whole number up to which each is a float too."""
RESERVED = re.compile(r"uid|file|image|(?:.*_)?file_names?|.*_file", re.IGNORECASE)
"""What readers of exports take for the name of a file, or call the picture itself."""


@dataclass(slots=True)
class _Seen:
    """What the values of one label were so far."""

    kind: Kind | Literal[""] = ""
    item: Scalar = ""
    """Of a list: what its items are; empty as long as all were empty."""
    large: bool = False
    """Whether a whole number was among them that no float holds."""

    def add(self, value: Any) -> None:
        own: Kind = _kind(value)
        if own == "list":
            for each in value:
                self._item(_kind(each))
        self.large = self.large or (own == "int" and abs(value) > EXACT)
        self.kind = _both(self.kind, own) if self.kind else own

    def _item(self, kind: Kind) -> None:
        both = _both(self.item, kind) if self.item else kind
        if both in ("list", "json"):
            self.kind = "json"
        else:
            self.item = both  # type: ignore[assignment]

    @property
    def settled(self) -> tuple[Kind, Scalar]:
        """The kind that holds all of them, without loss."""
        if not self.kind or (self.kind == "list" and not self.item):
            return "json", ""
        if self.large and (self.kind == "float" or self.item == "float"):
            return "json", ""
        return self.kind, self.item if self.kind == "list" else ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, the label that stands in it, and the kind of its values."""

    name: str
    label: str
    kind: Kind
    item: Scalar = ""

    def value(self, found: Any) -> Any:
        """Give a label's value as it stands in this column; None where there is none."""
        if found is None:
            return None
        if self.kind == "json":
            return strictjson.dumps(found).decode()
        if self.kind == "float":
            return float(found)
        if self.item == "float":
            return [float(each) for each in found]
        return found


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of all labels, in the order of their names."""

    all: tuple[Column, ...] = ()

    def row(self, labels: Mapping[str, Any]) -> dict[str, Any]:
        """Give the values of one record, of every column."""
        left = flat(labels)
        row = {c.name: c.value(left.pop(c.label, None)) for c in self.all if c.name != MORE}
        if any(c.name == MORE for c in self.all):
            row[MORE] = strictjson.dumps(left).decode()
        return row

    def without(self, names: Sequence[str]) -> "Columns":
        """Give the columns without some, whose values go to `_more`."""
        if not names:
            return self
        kept = tuple(c for c in self.all if c.name not in (*names, MORE))
        return Columns((*kept, Column(MORE, "", "str")))

    @property
    def told(self) -> list[dict[str, str]]:
        """The columns as the manifest tells them."""
        return [
            {
                "name": c.name,
                "label": c.label,
                "kind": c.kind,
                **({"item": c.item} if c.item else {}),
            }
            for c in self.all
        ]


class Gathering:
    """Looks at the labels of every record, to say which columns hold them all."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._more = False

    def add(self, labels: Mapping[str, Any]) -> None:
        """Look at one record's labels."""
        for name, value in flat(labels).items():
            seen = self._seen.get(name)
            if seen is None:
                if len(self._seen) >= MOST:
                    self._more = True
                    continue
                seen = self._seen[name] = _Seen()
            seen.add(value)

    def columns(self, tags: Sequence[str]) -> Columns:
        """Give the columns; a label that is called as data or files are gets a name of its own."""
        made, taken = [], {*tags, *self._seen}
        for label, seen in sorted(self._seen.items()):
            name = label
            while name in tags or RESERVED.fullmatch(name) or (name != label and name in taken):
                name += "_label"
            taken.add(name)
            made.append(Column(name, label, *seen.settled))
        return Columns((*made, *([Column(MORE, "", "str")] if self._more else [])))


def flat(labels: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    """Give labels within labels with dots in their names; null is left out."""
    found: dict[str, Any] = {}
    for name, value in labels.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{within}{name}.")
        elif value is not None:
            found[within + name] = value
    return found


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give labels with dots in their names as labels within labels."""
    whole: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        node = whole
        for step in path:
            node = node.setdefault(step, {})
        node[last] = value
    return whole


def scalars(columns: Columns) -> Iterator[tuple[str, Kind]]:
    """Yield the label of each column of numbers, texts or truths, with its kind."""
    for each in columns.all:
        if each.kind not in ("list", "json") and each.name != MORE:
            yield each.label, each.kind


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    if isinstance(value, str):
        return "str"
    return "list" if isinstance(value, list) else "json"


def _both(one: Any, other: Kind) -> Kind:
    if one == other:
        return other
    return "float" if {one, other} == {"int", "float"} else "json"
