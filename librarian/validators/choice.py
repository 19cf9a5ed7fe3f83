"""Is a label one of the values allowed for it? As JSON compares: 1 is 1.0, never true or "1"."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from librarian import paths
from librarian.component import Validator, component
from librarian.plain import say, say_one_of, say_place
from librarian.problem import Problem
from librarian.record import Document
from librarian.strictjson import same

Allowed = Annotated[tuple[Any, ...], Field(min_length=1)]


@component
class Choice(Validator[Document]):
    """Check that labels hold one of the values allowed for them.

    A label that is absent is no fault here: that it is there, `type` or `key` checks.
    """

    name = "choice"
    example = {"args": [{"mood": ["glad", "sad"], "stars": [1, 2, 3]}]}

    choices: Annotated[
        Mapping[str, Allowed],
        AfterValidator(paths.checked),
        Field(description="label name to the list of its allowed values", min_length=1),
    ]

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as the one type that all allowed values have."""
        kinds = {name: {_kind(value) for value in self.choices[name]} for name in self.choices}
        return {name: kind.pop() for name, kind in kinds.items() if len(kind) == 1}

    def schema(self) -> Mapping[str, Any]:
        """Give the JSON Schema of the labels it lets through."""
        return paths.as_schema(
            {name: {"enum": list(values)} for name, values in self.choices.items()}, self.choices
        )

    def check(self, part: Document) -> Iterator[Problem]:
        """Yield every label that holds something else (`choice`)."""
        for name, allowed in self.choices.items():
            path = paths.path_of(name)
            value = paths.find(part.value, path)
            if value is paths.ABSENT or any(same(value, each) for each in allowed):
                continue
            found = "" if isinstance(value, dict | list) else f", not {say(value)}"
            message = f"{say_place(path)} must be {say_one_of(allowed)}{found}."
            yield Problem("choice", message, path, limit=list(allowed))


def _kind(value: Any) -> str:
    if paths.is_number(value):
        return "number"
    named = {str: "str", bool: "bool", list: "list", dict: "dict"}
    return named.get(type(value), "str")
