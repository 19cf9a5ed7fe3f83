"""Does a label say the true ratio of width to height, of the picture or of a box in it?"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, model_validator

from librarian import paths
from librarian.component import CrossValidator, component
from librarian.cross.box import FormParam, Names, Reading, Unit, no_picture, picture_of, reading
from librarian.plain import say, say_place
from librarian.problem import Problem
from librarian.record import LABELS, Record


@component
class Aspect(CrossValidator):
    """Check that a label equals width divided by height, of the picture or of a box of labels.

    With `box` it is the ratio of that box, in pixels also where its labels count fractions; else
    the picture's. Labels without the ratio, or with none of the box, are let through.
    """

    name = "aspect"
    example = {
        "args": ["aspect_ratio"],
        "kwargs": {"box": ["top", "left", "bottom", "right"], "unit": "fractions"},
    }

    label: Annotated[paths.LabelName, Field(description="the label that says the ratio")] = (
        "aspect_ratio"
    )
    _: KW_ONLY
    tolerance: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="how far off it may be; 0.01 is 1 %")
    ] = 0.01
    box: Names | None = None
    form: FormParam = None
    unit: Unit = "pixels"
    input: Annotated[str, Field(description="tag of the picture; empty: the first picture")] = ""

    @model_validator(mode="after")
    def _tells_its_form(self) -> "Aspect":
        if self.box is not None:
            reading(self.box, self.form)
        return self

    @cached_property
    def reading(self) -> Reading | None:
        """How the box is read off the labels, if it is a box's ratio."""
        return None if self.box is None else reading(self.box, self.form)

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as numbers."""
        return dict.fromkeys((self.label, *(self.box or ())), "number")

    def tells(self) -> Mapping[str, Any]:
        """Give the label that says the ratio, how far off it may be, and the box if it is one's."""
        ratio = {"label": self.label, "tolerance": self.tolerance, "input": self.input}
        if self.reading is None:
            return {"ratio": {**ratio, "of": "picture"}}
        box = {**self.reading.told(), "unit": self.unit, "input": self.input}
        return {"ratio": {**ratio, "of": "box"}, "box": box}

    def check(self, record: Record) -> Iterator[Problem]:
        """Yield a ratio that is another (`aspect`), no number (`type`), or of nothing (`picture`).

        Also what keeps a box from being one: `required`, `type`, `area`.
        """
        path = paths.path_of(self.label)
        claimed = paths.find(record.labels.value, path)
        if claimed is paths.ABSENT:
            return
        if not paths.is_number(claimed):
            message = f"{say_place(path)} must be a number."
            yield Problem("type", message, (LABELS, *path), limit="number")
            return
        true = self._true(record)
        if isinstance(true, list):
            yield from true
        elif true is not None and abs(claimed - true) > self.tolerance * true:
            whose = "picture" if self.box is None else "box"
            rounded = float(f"{true:.6g}")
            message = (
                f"{say_place(path)} is {say(claimed)}, but the {whose} is {say(rounded)} times"
                " as wide as high."
            )
            yield Problem("aspect", message, (LABELS, *path), limit=true, actual=claimed)

    def _true(self, record: Record) -> float | list[Problem] | None:
        """Measure the ratio: None where there is no box, the faults where there is no measuring."""
        across, down = 1.0, 1.0
        if self.reading is None or self.unit == "fractions":
            seen = picture_of(record, self.input)
            if seen is None:
                return [no_picture(self.input)]
            across, down = seen.width, seen.height
        if self.reading is None:
            return across / down
        found = self.reading.read(record.labels.value)
        if isinstance(found, list):
            return found
        return found[0].length * across / (found[1].length * down) if found else None
