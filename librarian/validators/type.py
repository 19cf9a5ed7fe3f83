"""Are the labels there, each of its declared type? Text never stands for a number."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from librarian.component import Validator, component
from librarian.problem import Problem
from librarian.record import Document

SAID = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "an object",
}
TypeName = Annotated[str, Field(pattern=r"^(str|int|float|bool|list|dict)\??$")]
Kind = Literal["str", "int", "float", "bool", "list", "dict"]


@component
class Type(Validator[Document]):
    """Check that each declared label is there and has its type.

    Types are str, int, float, bool, list and dict; a trailing `?` makes the label optional, and
    `box.x` names the member x of the label box. Labels not declared here are let through.
    """

    name = "type"
    example = {"args": [{"filename": "str", "x": "int", "box.y": "float?"}]}

    types: Annotated[
        Mapping[str, TypeName], Field(description="label name to type name", min_length=1)
    ]

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as the declared type."""
        return {name: kind.rstrip("?") for name, kind in self.types.items()}

    def check(self, part: Document) -> Iterator[Problem]:
        """Yield every label that is missing (`required`) or of another type (`type`)."""
        for name, declared in self.types.items():
            kind, path = declared.rstrip("?"), tuple(name.split("."))
            value = find(part.value, path)
            if value is ABSENT:
                if declared == kind:
                    yield Problem("required", f"“{name}” is missing.", path)
            elif not is_a(value, kind):
                message = f"“{name}” must be {SAID[kind]}."
                yield Problem("type", message, path, limit=kind)


ABSENT = object()


def find(value: Any, path: tuple[str, ...]) -> Any:
    """Give the member of a JSON object that a path leads to, ABSENT where there is none."""
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return ABSENT
        value = value[name]
    return value


def is_a(value: Any, kind: str) -> bool:
    """Say whether a JSON value is of a declared type."""
    if kind == "float":
        return isinstance(value, float) and math.isfinite(value)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"str": str, "bool": bool, "list": list, "dict": Mapping}[kind])
