"""Are the labels there, each of its declared type? Text never stands for a number."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from math import inf
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
OWN_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}


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
        return iter(()) if self._plainly_holds(part.value) else self._faults(part.value)

    def _plainly_holds(self, labels: Any) -> bool:
        """Say whether each label is there as what its type is in Python; none is inside another."""
        if not self._all_outer or type(labels) is not dict:
            return False
        for name, own, optional in self._plain:
            value = labels.get(name, paths.ABSENT)
            kind = type(value)
            if kind is not own and not (optional and value is paths.ABSENT):
                return False
            if kind is float and not -inf < value < inf:
                return False
        return True

    def _faults(self, labels: Any) -> Iterator[Problem]:
        for path, kind in self._declared:
            value = paths.find(labels, path)
            if value is paths.ABSENT:
                if not paths.waived(labels, path, self._optional):
                    yield Problem("required", f"{say_place(path)} is missing.", path)
            elif not is_a(value, kind):
                message = f"{say_place(path)} must be {SAID[kind]}."
                yield Problem("type", message, path, limit=kind)

    @cached_property
    def _declared(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Where each label is, and the name of its type."""
        return tuple((paths.path_of(name), kind) for name, kind in self.declares().items())

    @cached_property
    def _plain(self) -> tuple[tuple[str, type, bool], ...]:
        """Each label's name, what its type is in Python, and whether it may be absent."""
        optional = self._optional
        own = self.declares().items()
        return tuple((name, OWN_TYPES[kind], name in optional) for name, kind in own)

    @cached_property
    def _all_outer(self) -> bool:
        """Whether no label is a member of another, which is looked for by its path."""
        return not any("." in name for name in self.types)

    @property
    def _optional(self) -> list[str]:
        return [name for name, declared in self.types.items() if declared.endswith("?")]


def is_a(value: Any, kind: str) -> bool:
    """Say whether a JSON value is of a declared type; JSON does not tell 3 from 3.0."""
    if kind == "float":
        return paths.is_number(value)
    if kind == "int":
        return paths.is_number(value) and value == int(value)
    return isinstance(value, Mapping if kind == "dict" else OWN_TYPES[kind])
