"""What does one reading of the records find? Numbers whose room does not grow with the records.

A label's values are counted until there are too many to be choices; then only how many records have
it. Sizes and ratios go into classes; boxes into the cells of one map, by the rows that they cover.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from librarian import paths
from librarian.characters import HIDDEN_IN_TEXT
from librarian.collection import Entry
from librarian.figures.crop import Crop, Crops

VALUES = 200
"""Values of one label that are counted apart."""
LABELS = 60
"""Labels that are counted."""
LONGEST = 60
"""Characters of a value that tell it apart."""
CELLS = 40
"""Rows and columns of the map of boxes."""
RATIOS = (1 / 3, 1 / 2, 5 / 8, 7 / 8, 8 / 7, 8 / 5, 2.0, 3.0)
"""Between which classes of width : height lie."""
RATIO_WORDS = (
    "under 1:3", "1:3 to 1:2", "1:2 to 5:8", "5:8 to 7:8", "about square", "8:7 to 8:5",
    "8:5 to 2:1", "2:1 to 3:1", "over 3:1",
)  # fmt: skip


@dataclass
class Values:
    """What is known of one label."""

    records: int = 0
    values: Counter[str] = field(default_factory=Counter)
    numbers: int = 0
    least: float = math.inf
    most: float = -math.inf
    many: bool = False
    """Whether there are too many values to be told apart."""

    def add(self, value: Any) -> None:
        """Count one value."""
        self.records += 1
        if paths.is_number(value):
            self.numbers += 1
            self.least, self.most = min(self.least, value), max(self.most, value)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        text = HIDDEN_IN_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)[:LONGEST]
        if text in self.values or len(self.values) < VALUES:
            self.values[text] += 1
        else:
            self.many = True


@dataclass
class Tally:
    """Everything that was counted in one reading."""

    crops: Crops
    records: int = 0
    states: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Values] = field(default_factory=dict)
    bytes: Counter[int] = field(default_factory=Counter)
    """Pieces of data by the power of two that their bytes reach."""
    edges: Counter[int] = field(default_factory=Counter)
    """Pictures by the power of two that their longer side reaches, in pixels."""
    pictures: Counter[int] = field(default_factory=Counter)
    """Pictures by the class of their ratio, see `RATIO_WORDS`."""
    boxes: Counter[int] = field(default_factory=Counter)
    """Boxes by the class of their ratio."""
    rows: list[list[int]] = field(default_factory=lambda: [[0] * (CELLS + 1) for _ in range(CELLS)])
    """For each row of the map, by how much more boxes cover a cell than the one before it."""
    boxed: int = 0

    def add(self, entry: Entry) -> None:
        """Count one record."""
        self.records += 1
        self.states[entry.state] += 1
        self.days[entry.received_at[:10]] += 1
        unseen = self.crops.names(entry)
        for name, value in _leaves(entry.labels, ""):
            if name in unseen:
                continue
            if name in self.labels or len(self.labels) < LABELS:
                self.labels.setdefault(name, Values()).add(value)
        for item in entry.data:
            self.bytes[max(0, int(item.get("bytes", 0))).bit_length()] += 1
            width, height = item.get("width"), item.get("height")
            if width and height:
                self.edges[max(width, height).bit_length()] += 1
                self.pictures[_class(width / height)] += 1
        crop = self.crops.of(entry)
        if crop is not None and crop.right > crop.left and crop.bottom > crop.top:
            self._cover(crop)

    def cells(self) -> list[list[int]]:
        """Give how many boxes cover each cell of the map, row by row from the top."""
        return [[sum(row[: at + 1]) for at in range(CELLS)] for row in self.rows]

    @property
    def told(self) -> dict[str, Any]:
        """Everything as JSON."""
        return {
            "records": self.records,
            "states": dict(self.states),
            "days": dict(sorted(self.days.items())),
            "labels": {
                name: {
                    "records": each.records,
                    "values": None if each.many else dict(each.values.most_common()),
                    **({"least": each.least, "most": each.most} if each.numbers else {}),
                }
                for name, each in self.labels.items()
            },
            "bytes_up_to": _by_power(self.bytes),
            "longer_side_up_to": _by_power(self.edges),
            "picture_ratios": _by_ratio(self.pictures),
            "box_ratios": _by_ratio(self.boxes),
            "boxes": self.boxed,
        }

    def _cover(self, crop: Crop) -> None:
        self.boxed += 1
        if (ratio := crop.ratio) is not None:
            self.boxes[_class(ratio)] += 1
        corners = [(x * CELLS, y * CELLS) for x, y in crop.corners()]
        top = max(0, math.floor(min(y for _, y in corners) + 0.5))
        end = min(CELLS, math.floor(max(y for _, y in corners) + 0.5))
        for row in range(top, end):
            span = _crossed(corners, row + 0.5)
            if span is None:
                continue
            first = min(max(math.floor(span[0] + 0.5), 0), CELLS)
            last = min(max(math.floor(span[1] + 0.5), 0), CELLS)
            self.rows[row][first] += 1
            self.rows[row][last] -= 1


def _crossed(corners: list[tuple[float, float]], y: float) -> tuple[float, float] | None:
    """Give where a line across the picture enters and leaves a box with these corners."""
    found = []
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (ay <= y) != (by <= y):
            found.append(ax + (bx - ax) * (y - ay) / (by - ay))
    return (min(found), max(found)) if found else None


def _by_power(classes: Counter[int]) -> dict[str, int]:
    return {str(2**power): count for power, count in sorted(classes.items())}


def _by_ratio(classes: Counter[int]) -> dict[str, int]:
    return {RATIO_WORDS[at]: count for at, count in sorted(classes.items())}


def _class(ratio: float) -> int:
    return sum(ratio >= each for each in RATIOS)


def _leaves(labels: Mapping[str, Any], within: str) -> Iterator[tuple[str, Any]]:
    """Yield labels with their values; each member of a list is a value of its label."""
    for name, value in labels.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{within}{name}.")
        elif isinstance(value, list):
            yield from ((within + name, each) for each in value[:LABELS])
        else:
            yield within + name, value
