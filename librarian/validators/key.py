"""Are exactly the asked labels there? Names only; what they hold is for other validators."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import KW_ONLY
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from librarian import paths
from librarian.component import Validator, component
from librarian.plain import say_place
from librarian.problem import Path, Problem
from librarian.record import Document


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    bare = paths.checked([name.removesuffix("?") for name in names])
    for name in bare:
        if bare.count(name) > 1:
            raise ValueError(f"“{name}” is there twice")
    return names


@component
class Key(Validator[Document]):
    """Check that the labels have exactly these names.

    A trailing `?` makes a label optional, and `box.x` names the member x of the label box. A label
    named whole (`box`) may hold anything; of one whose members are named, those are the only ones.
    With `strict` false other labels are let through.
    """

    name = "key"
    example = {"args": [["filename", "box.x", "box.y", "comment?"]]}

    names: Annotated[
        tuple[str, ...], AfterValidator(_once), Field(description="the labels' names", min_length=1)
    ]
    _: KW_ONLY
    strict: Annotated[bool, Field(description="whether labels of other names are refused")] = True

    def schema(self) -> Mapping[str, Any]:
        """Give the JSON Schema of the labels it lets through."""
        schema = paths.as_schema({name: {} for name in self._asked}, self._optional)
        if self.strict:
            _close(schema, (), set(map(paths.path_of, self._asked)))
        return schema

    def check(self, part: Document) -> Iterator[Problem]:
        """Yield every label that is missing (`required`) or not asked for (`unexpected`)."""
        if not isinstance(part.value, Mapping):
            yield Problem("type", "This must be an object.", limit="dict")
            return
        for path in self._paths:
            absent = paths.find(part.value, path) is paths.ABSENT
            if absent and not paths.waived(part.value, path, self._optional):
                yield Problem("required", f"{say_place(path)} is missing.", path)
        if self.strict:
            yield from _others(part.value, (), self._paths.keys())

    @cached_property
    def _paths(self) -> dict[tuple[str, ...], None]:
        """Where each label is, in order, and quick to look up."""
        return dict.fromkeys(map(paths.path_of, self._asked))

    @property
    def _asked(self) -> list[str]:
        return [name.removesuffix("?") for name in self.names]

    @cached_property
    def _optional(self) -> list[str]:
        return [name.removesuffix("?") for name in self.names if name.endswith("?")]


def _close(schema: dict[str, Any], path: tuple[str, ...], asked: set[tuple[str, ...]]) -> None:
    """Allow no other members wherever the members are named."""
    if path not in asked:
        schema["additionalProperties"] = False
        for name, each in schema.get("properties", {}).items():
            _close(each, (*path, name), asked)


def _others(
    value: Mapping[str, Any], path: Path, asked: Collection[tuple[str, ...]]
) -> Iterator[Problem]:
    for name, each in value.items():
        here = (*path, name)
        if here in asked:
            continue
        if not any(other[: len(here)] == here for other in asked):
            yield Problem("unexpected", f"{say_place(here)} is not asked for.", here)
        elif isinstance(each, Mapping):
            yield from _others(each, here, asked)
