"""Which rectangle do these labels mean? Four of them: a corner and a size, or four edges.

Not a component: what the cross validators that know a box share. Coordinates run from the upper
left corner of the picture as people see it, in pixels or in fractions of its width and height.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from librarian import paths
from librarian.picture import Picture, Unreadable
from librarian.plain import say_place
from librarian.problem import Path, Problem
from librarian.record import LABELS, Blob, Record

Form = Literal["xywh", "edges"]
ROLES: Mapping[Form, tuple[str, ...]] = {
    "xywh": ("x", "y", "width", "height"),
    "edges": ("top", "left", "bottom", "right"),
}
SIDES: Mapping[Form, tuple[tuple[str, str], ...]] = {
    "xywh": (("x", "width"), ("y", "height")),
    "edges": (("left", "right"), ("top", "bottom")),
}
"""Which labels make the horizontal side of the box, and which the vertical one."""


def _four(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) != 4 or len(set(paths.checked(names))) != 4:
        raise ValueError('must be four different labels, like ["x", "y", "width", "height"]')
    return names


Names = Annotated[
    tuple[str, ...],
    AfterValidator(_four),
    Field(description="the box's labels: x, y, width, height, or top, left, bottom, right"),
]
FormParam = Annotated[
    Form | None, Field(description="form of the box, where the names of its labels do not tell it")
]
Unit = Annotated[
    Literal["pixels", "fractions"],
    Field(description="what the box's labels count: pixels, or fractions of width and height"),
]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a box: where it starts and ends, and the two labels that say so."""

    start: float
    length: float
    end: float
    start_path: Path
    end_path: Path
    summed: bool
    """Whether the second label is a length, so that only both together say the end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a box is read: its form, and the path of each label by its role."""

    form: Form
    path_of: Mapping[str, Path]

    def read(self, labels: Any) -> tuple[Side, ...] | list[Problem]:
        """Give the horizontal and the vertical side; no side where there is no box at all.

        A box that is not whole gives its faults: `required`, `type`, `area`.
        """
        values = {role: paths.find(labels, path) for role, path in self.path_of.items()}
        if all(value is paths.ABSENT for value in values.values()):
            return ()
        faults = list(self._faults(values))
        if faults:
            return faults
        pairs = SIDES[self.form]
        sides = tuple(self._side(float(values[a]), float(values[b]), a, b) for a, b in pairs)
        return [_flat(side) for side in sides if side.length <= 0] or sides

    def told(self) -> dict[str, Any]:
        """Describe it for clients: its form, and the label of each role."""
        return {
            "form": self.form,
            "labels": {role: ".".join(map(str, path)) for role, path in self.path_of.items()},
        }

    @property
    def sides(self) -> tuple[tuple[Path, Path], ...]:
        """The two labels of the horizontal side, and of the vertical one."""
        return tuple((self.path_of[a], self.path_of[b]) for a, b in SIDES[self.form])

    def _side(self, first: float, second: float, start: str, end: str) -> Side:
        summed = self.form == "xywh"
        length, last = (second, first + second) if summed else (second - first, second)
        return Side(first, length, last, self.path_of[start], self.path_of[end], summed)

    def _faults(self, values: Mapping[str, Any]) -> Iterator[Problem]:
        for role, value in values.items():
            path = self.path_of[role]
            if value is paths.ABSENT:
                message = f"{say_place(path)} is missing; a box has four labels."
                yield Problem("required", message, (LABELS, *path))
            elif not paths.is_number(value):
                message = f"{say_place(path)} must be a number."
                yield Problem("type", message, (LABELS, *path), limit="number")


def _flat(side: Side) -> Problem:
    least = "0" if side.summed else say_place(side.start_path)
    message = f"{say_place(side.end_path)} must be more than {least}; this box has no area."
    return Problem("area", message, (LABELS, *side.end_path))


def reading(names: Sequence[str], form: Form | None) -> Reading:
    """Say which label plays which role: told by its own name, else by its place in the list.

    Raises ValueError where neither the names nor `form` tell, or where they contradict each other.
    """
    by_end = {paths.path_of(name)[-1]: paths.path_of(name) for name in names}
    told = next((known for known, roles in ROLES.items() if set(roles) == set(by_end)), None)
    if told is not None and form in (None, told):
        return Reading(told, {role: by_end[role] for role in ROLES[told]})
    if told is not None:
        raise ValueError(f'these names tell the form "{told}", not "{form}"')
    if form is None:
        raise ValueError('these names do not tell which form the box has; give "form" too')
    return Reading(form, dict(zip(ROLES[form], map(paths.path_of, names), strict=True)))


def picture_of(record: Record, tag: str) -> Picture | None:
    """Give the picture of an input, or the record's first; None where none can be read."""
    for part in record.data:
        if isinstance(part, Blob) and tag in ("", part.tag):
            try:
                seen = part.picture
            except Unreadable:
                continue
            if seen is not None:
                return seen
    return None


def no_picture(tag: str) -> Problem:
    """Say that there is a box, or a ratio, and no picture for it."""
    return Problem(
        "picture", "There is no picture here that these labels could fit.", (tag or LABELS,)
    )
