"""Does the box that the labels describe lie inside the picture?"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, model_validator

from librarian.component import CrossValidator, component
from librarian.cross import box
from librarian.plain import say, say_place
from librarian.problem import Path, Problem
from librarian.record import LABELS, Record

ROUNDING = 1e-6
"""More than sums of decimal fractions are off by, less than a pixel of any picture."""
BEFORE = "{place} must be at least 0; it is {actual}."
BEYOND = "{place} must be at most {limit}; it is {actual}."
WORDS = ("width", "height")


@component
class Inside(CrossValidator):
    """Check that a box of labels lies inside the picture and has an area.

    The names tell the form: x, y, width, height or top, left, bottom, right, in any order, alone
    or as members (`box.x`). Other names need `form` and stand in that order. Labels with none of
    the four are let through: that a box is there, `type` or `key` checks. A box in pixels needs a
    picture.
    """

    name = "inside"
    example = {"args": [["top", "left", "bottom", "right"]], "kwargs": {"unit": "fractions"}}

    labels: box.Names = box.ROLES["xywh"]
    _: KW_ONLY
    form: box.FormParam = None
    unit: box.Unit = "pixels"
    tolerance: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="how far it may stand out, in the unit")
    ] = ROUNDING
    input: Annotated[str, Field(description="tag of the picture; empty: the first picture")] = ""

    @model_validator(mode="after")
    def _tells_its_form(self) -> "Inside":
        box.reading(self.labels, self.form)
        return self

    @cached_property
    def reading(self) -> box.Reading:
        """How the box is read off the labels."""
        return box.reading(self.labels, self.form)

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as numbers."""
        return dict.fromkeys(self.labels, "number")

    def tells(self) -> Mapping[str, Any]:
        """Give the box and, for its sides across and down, the sentences on what stands out."""
        told = {**self.reading.told(), "unit": self.unit, "input": self.input}
        outside = [
            {
                "before": BEFORE.format(place=self._places(*pair)[0], actual="{actual}"),
                "beyond": BEYOND.format(
                    place=self._places(*pair)[1],
                    limit=self._limit("{limit}", word),
                    actual="{actual}",
                ),
            }
            for pair, word in zip(self.reading.sides, WORDS, strict=True)
        ]
        return {"box": {**told, "tolerance": self.tolerance, "outside": outside}}

    def check(self, record: Record) -> Iterator[Problem]:
        """Yield what stands out (`inside`), and a box in pixels without a picture (`picture`).

        Also what keeps a box from being one: `required`, `type`, `area`.
        """
        found = self.reading.read(record.labels.value)
        if isinstance(found, list):
            yield from found
        elif found and self.unit == "fractions":
            for side in found:
                yield from self._outside(side, 1, "1")
        elif found:
            seen = box.picture_of(record, self.input)
            if seen is None:
                yield box.no_picture(self.input)
                return
            for side, pixels, word in zip(found, (seen.width, seen.height), WORDS, strict=True):
                yield from self._outside(side, pixels, self._limit(str(pixels), word))

    def _outside(self, side: box.Side, limit: int, said: str) -> Iterator[Problem]:
        first, last = self._places(side.start_path, side.end_path)
        if side.start < -self.tolerance:
            message = BEFORE.format(place=first, actual=say(side.start))
            yield Problem("inside", message, (LABELS, *side.start_path), "", 0, side.start)
        if side.end > limit + self.tolerance:
            finite = math.isfinite(side.end)
            reach = say(side.end) if finite else "far more"
            message = BEYOND.format(place=last, limit=said, actual=reach)
            actual = side.end if finite else None
            yield Problem("inside", message, (LABELS, *side.end_path), "", limit, actual)

    def _places(self, start: Path, end: Path) -> tuple[str, str]:
        """Name what says where a side starts, and what says where it ends."""
        first, last = say_place(start), say_place(end)
        return first, f"{first} and {last} together" if self.reading.form == "xywh" else last

    def _limit(self, pixels: str, word: str) -> str:
        return pixels if self.unit == "fractions" else f"{pixels}, the picture's {word}"
