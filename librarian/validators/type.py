"""Are the labels there, each of its declared type? Text never stands for a number."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from librarian import paths
from librarian.component import Validator, component
from librarian.plain import say_place
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
JSON_TYPES = {
    "str": "string", "int": "integer", "float": "number",
    "bool": "boolean", "list": "array", "dict": "object",
}  # fmt: skip


def _type_name(value: object) -> object:
    if not isinstance(value, str) or value.removesuffix("?") not in SAID:
        raise ValueError(f"must be one of {', '.join(SAID)}; with a ? after it, it is optional")
    return value


def _consistent(types: Mapping[str, str]) -> Mapping[str, str]:
    for name in paths.checked(types):
        path = paths.path_of(name)
        for outer in (".".join(path[:length]) for length in range(1, len(path))):
            if types.get(outer, "dict").removesuffix("?") != "dict":
                raise ValueError(f"“{name}” is in “{outer}”, which must then be a dict")
    return types


TypeName = Annotated[
    str, BeforeValidator(_type_name), Field(pattern=r"^(str|int|float|bool|list|dict)\??$")
]


@component
class Type(Validator[Document]):
    """Check that each declared label is there and has its type.

    Types are str, int, float, bool, list and dict; a trailing `?` makes the label optional, and
    `box.x` names the member x of the label box. Labels not declared here are let through.
    """

    name = "type"
    example = {"args": [{"filename": "str", "x": "int", "box.y": "float?"}]}

    types: Annotated[
        Mapping[str, TypeName],
        AfterValidator(_consistent),
        Field(description="label name to type name", min_length=1),
    ]

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as the declared type."""
        return {name: declared.removesuffix("?") for name, declared in self.types.items()}

    def schema(self) -> Mapping[str, Any]:
        """Give the JSON Schema of the labels it lets through."""
        own = {name: {"type": JSON_TYPES[kind]} for name, kind in self.declares().items()}
        return paths.as_schema(own, self._optional)

    def check(self, part: Document) -> Iterator[Problem]:
        """Yield every label that is missing (`required`) or of another type (`type`)."""
        for name, kind in self.declares().items():
            path = paths.path_of(name)
            value = paths.find(part.value, path)
            if value is paths.ABSENT:
                if not paths.waived(part.value, path, self._optional):
                    yield Problem("required", f"{say_place(path)} is missing.", path)
            elif not is_a(value, kind):
                message = f"{say_place(path)} must be {SAID[kind]}."
                yield Problem("type", message, path, limit=kind)

    @property
    def _optional(self) -> list[str]:
        return [name for name, declared in self.types.items() if declared.endswith("?")]


def is_a(value: Any, kind: str) -> bool:
    """Say whether a JSON value is of a declared type; JSON does not tell 3 from 3.0."""
    if kind == "float":
        return paths.is_number(value)
    if kind == "int":
        return paths.is_number(value) and value == int(value)
    return isinstance(value, {"str": str, "bool": bool, "list": list, "dict": Mapping}[kind])
