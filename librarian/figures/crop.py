"""Where on its picture is the box of a record? As the configuration tells, else as labels say it.

Where nothing declares a box, numbers called x, y, width, height or top, left, bottom, right are
one. All whole, and some above 1, they count pixels; else fractions.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from librarian import paths
from librarian.collection import Entry
from librarian.contract.box import RATIOS, TURNS, by_names
from librarian.cross.box import SIDES

NESTED = 3
"""How deep labels are looked into for a box that nobody declared."""
FARTHEST = 1e6
"""Beyond that many widths of a picture, a box is no box of it."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One box: edges in fractions of its picture, turned about its middle in degrees, clockwise."""

    tag: str
    left: float
    top: float
    right: float
    bottom: float
    turn: float
    size: tuple[int, int] | None
    """Width and height of the picture in pixels, as people see it; None where they are not told."""

    @property
    def ratio(self) -> float | None:
        """Its width divided by its height, in pixels; None where it has none."""
        wide, high = self.right - self.left, self.bottom - self.top
        if self.size is None or wide <= 0 or high <= 0:
            return None
        return wide * self.size[0] / (high * self.size[1])

    def corners(self) -> list[tuple[float, float]]:
        """Give the four corners as fractions, turned as they were drawn."""
        edges = [
            (self.left, self.top), (self.right, self.top),
            (self.right, self.bottom), (self.left, self.bottom),
        ]  # fmt: skip
        if not self.turn:
            return edges
        width, height = self.size or (1, 1)
        x, y = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        cos, sin = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        far = [((a - x) * width, (b - y) * height) for a, b in edges]
        return [(x + (a * cos - b * sin) / width, y + (a * sin + b * cos) / height) for a, b in far]


class Crops:
    """Finds the boxes of one service's records; `told` is the `box` of its contract."""

    def __init__(self, told: Mapping[str, Any] | None) -> None:
        self._told = told

    def of(self, entry: Entry) -> Crop | None:
        """Give the box of a record, None where it has none, or none on a picture."""
        labels = entry.labels
        told = self._told or _guessed(labels)
        if told is None:
            return None
        item = _picture(entry, told.get("input", ""))
        sides = [_side(labels, told, *roles) for roles in SIDES[told["form"]]]
        if item is None or None in sides:
            return None
        size = (item["width"], item["height"]) if item.get("width") and item.get("height") else None
        if told["unit"] == "pixels" and size is None:
            return None
        scale = size if told["unit"] == "pixels" and size else (1, 1)
        (left, right), (top, bottom) = (
            (side[0] / each, side[1] / each)
            for side, each in zip(sides, scale, strict=True)
            if side is not None
        )
        if max(map(abs, (left, right, top, bottom))) > FARTHEST:
            return None
        turn = _number(labels, told["turn"]) if told.get("turn") else None
        return Crop(item["tag"], left, top, right, bottom, (turn or 0.0) % 360, size)

    def names(self, entry: Entry) -> set[str]:
        """Name the labels that the box of a record is told by, ratio and turn too."""
        told = self._told or _guessed(entry.labels)
        if told is None:
            return set()
        beside = (told.get("turn"), told.get("ratio", {}).get("label"))
        return {*told["labels"].values(), *filter(None, beside)}


def _side(
    labels: Mapping[str, Any], told: Mapping[str, Any], first: str, second: str
) -> tuple[float, float] | None:
    start, end = (_number(labels, told["labels"][role]) for role in (first, second))
    if start is None or end is None:
        return None
    return (start, start + end) if told["form"] == "xywh" else (start, end)


def _number(labels: Mapping[str, Any], name: str) -> float | None:
    found = paths.find(labels, paths.path_of(name))
    try:
        return float(found) if paths.is_number(found) else None
    except OverflowError:
        return None


def _picture(entry: Entry, tag: str) -> Mapping[str, Any] | None:
    """Give the picture that a box is on: that of an input, or the record's first."""
    for item in entry.data:
        if tag in ("", item.get("tag")) and str(item.get("media_type", "")).startswith("image/"):
            return item
    return None


def _guessed(labels: Mapping[str, Any]) -> dict[str, Any] | None:
    """Describe the box that a record's own labels tell, None where they tell none."""
    numbers = dict(_numbers(labels, "", NESTED))
    whole = all(isinstance(value, int) for value in numbers.values())
    kinds = {name: {"type": "integer" if whole else "number"} for name in numbers}
    found = by_names(kinds)
    if found is None:
        return None
    names = found["labels"].values()
    counted = all(isinstance(numbers[name], int) for name in names)
    unit = "pixels" if counted and any(abs(numbers[name]) > 1 for name in names) else "fractions"
    stem = next(iter(names)).rpartition(".")[0]
    near = f"{stem}." if stem else ""
    turn = next((near + each for each in TURNS if near + each in numbers), None)
    ratio = next((near + each for each in RATIOS if near + each in numbers), None)
    return {**found, "unit": unit, "turn": turn, **({"ratio": {"label": ratio}} if ratio else {})}


def _numbers(labels: Mapping[str, Any], within: str, deep: int) -> Iterator[tuple[str, float]]:
    for name, value in labels.items():
        if isinstance(value, Mapping) and deep:
            yield from _numbers(value, f"{within}{name}.", deep - 1)
        elif paths.is_number(value):
            yield within + name, value
