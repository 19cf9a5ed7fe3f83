"""Where on its picture is a record's box? In pixels of the picture as people see it.

Which labels are the box, and whether they count pixels or fractions, is what the contract says: a
cross validator declares it, else their names do (contract/box.py). A turned box is given by its
four corners and the upright box around them. What stands out of the picture is cut off.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from librarian import paths
from librarian.contract import fields, labels_schema
from librarian.contract.box import box
from librarian.cross.box import Reading
from librarian.exporting.columns import Columns, scalars
from librarian.problem import Path
from librarian.settings import Settings

TYPES = {"int": "integer", "float": "number", "str": "string", "bool": "boolean"}
Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box in pixels: its upper left corner, its size, and its corners where it is turned."""

    x: float
    y: float
    width: float
    height: float
    corners: Corners = ()


@dataclass(frozen=True, slots=True)
class Boxes:
    """Reads boxes off labels."""

    reading: Reading
    fractions: bool
    turn: Path
    input: str
    """The tag of the picture; empty: the first one."""

    def of(self, labels: Mapping[str, Any], width: int, height: int) -> Drawn | None:
        """Give the box of a record on a picture of this size; None where there is none."""
        sides = self.reading.read(labels)
        if isinstance(sides, list) or not sides:
            return None
        across, down = (width, height) if self.fractions else (1, 1)
        left, top = sides[0].start * across, sides[1].start * down
        right, bottom = sides[0].end * across, sides[1].end * down
        degrees = paths.find(labels, self.turn) if self.turn else 0
        corners: Corners = ()
        if paths.is_number(degrees) and math.remainder(degrees, 360):
            corners = _turned(left, top, right, bottom, float(degrees))
            left, top = min(x for x, _ in corners), min(y for _, y in corners)
            right, bottom = max(x for x, _ in corners), max(y for _, y in corners)
        left, top = max(0.0, left), max(0.0, top)
        right, bottom = min(float(width), right), min(float(height), bottom)
        if not (right > left and bottom > top):
            return None
        return Drawn(left, top, right - left, bottom - top, corners)


def boxes(settings: Settings, columns: Columns) -> Boxes | None:
    """Say which labels are a box, by the contract and by what came; None where none are."""
    came = {label: {"type": TYPES[kind]} for label, kind in scalars(columns)}
    asked = {name: schema for name, schema, _ in fields(labels_schema(settings))}
    found = box(settings, {**came, **asked}) or box(settings, came)
    if found is None:
        return None
    by_role = {role: paths.path_of(name) for role, name in found["labels"].items()}
    turn = paths.path_of(found["turn"]) if found.get("turn") else ()
    return Boxes(
        Reading(found["form"], by_role), found["unit"] == "fractions", turn, found["input"]
    )


def _turned(left: float, top: float, right: float, bottom: float, degrees: float) -> Corners:
    """Turn a box clockwise about its middle; in pictures, y runs down."""
    angle = math.radians(degrees)
    sine, cosine = math.sin(angle), math.cos(angle)
    x, y = (left + right) / 2, (top + bottom) / 2
    upright = ((left, top), (right, top), (right, bottom), (left, bottom))
    return tuple(
        (
            x + (across - x) * cosine - (down - y) * sine,
            y + (across - x) * sine + (down - y) * cosine,
        )
        for across, down in upright
    )
