"""Does a number lie between its limits? Both belong to the range."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from librarian import paths
from librarian.component import Validator, component
from librarian.plain import say, say_place
from librarian.problem import Problem
from librarian.record import Document

Limit = int | float | None


def _limits(value: object) -> object:
    pair = value if isinstance(value, list | tuple) else ()
    if len(pair) != 2 or not all(end is None or paths.is_number(end) for end in pair):
        raise ValueError("must be [least, most], two numbers; null leaves an end open")
    least, most = pair
    if None not in pair and least > most:
        raise ValueError("has a least that is more than its most, so no number fits")
    return value


@component
class Range(Validator[Document]):
    """Check that numbers lie between a least and a most, both included.

    null leaves an end open. A label that is absent is no fault here: that it is there, `type` or
    `key` checks.
    """

    name = "range"
    example = {"args": [{"x": [0, None], "box.width": [0, 1]}]}

    ranges: Annotated[
        Mapping[str, Annotated[tuple[Limit, Limit], BeforeValidator(_limits)]],
        AfterValidator(paths.checked),
        Field(description="label name to [least, most]", min_length=1),
    ]

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as numbers."""
        return dict.fromkeys(self.ranges, "number")

    def schema(self) -> Mapping[str, Any]:
        """Give the JSON Schema of the labels it lets through."""
        ends = {
            name: {"type": "number", "minimum": least, "maximum": most}
            for name, (least, most) in self.ranges.items()
        }
        closed = {
            name: {k: v for k, v in own.items() if v is not None} for name, own in ends.items()
        }
        return paths.as_schema(closed, self.ranges)

    def check(self, part: Document) -> Iterator[Problem]:
        """Yield what is no number (`type`), and what is below `minimum` or above `maximum`."""
        for name, (least, most) in self.ranges.items():
            path = paths.path_of(name)
            value = paths.find(part.value, path)
            if value is paths.ABSENT:
                continue
            if not paths.is_number(value):
                message = f"{say_place(path)} must be a number."
                yield Problem("type", message, path, limit="number")
            elif least is not None and value < least:
                message = f"{say_place(path)} must be at least {say(least)}; it is {say(value)}."
                yield Problem("minimum", message, path, limit=least, actual=value)
            elif most is not None and value > most:
                message = f"{say_place(path)} must be at most {say(most)}; it is {say(value)}."
                yield Problem("maximum", message, path, limit=most, actual=value)
