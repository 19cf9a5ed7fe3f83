"""Can anything be accepted at all? Checks that rule each other out, of labels or of data.

Told is what validators say of themselves, in JSON Schema and in media types; some say less than
they ask for.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from librarian.chain import Step
from librarian.media import TEXT
from librarian.problem import ConfigProblem
from librarian.reading import Intake

EVERY = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
PLAIN = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
     "minLength", "maxLength"}
)  # fmt: skip
"""Keywords that a value is held against; they refer to nothing else."""


def of_labels(label_valid: Sequence[Step]) -> Iterator[ConfigProblem]:
    """Yield the label checks that cannot hold beside an earlier one of a label that must be."""
    told = [(step, step.component.schema()) for step in label_valid if step.on_fail == "refuse"]
    for (earlier, one), (later, other) in combinations(told, 2):
        for name in _impossible(one, other, ""):
            message = f"this and {earlier.path} cannot both hold of “{name}”: nothing is accepted"
            yield ConfigProblem(later.path, message)


def of_data(intakes: Sequence[Intake], data_valid: Sequence[Step]) -> Iterator[ConfigProblem]:
    """Yield the data checks that leave no kind of file which an input may bring."""
    for intake in intakes:
        left = frozenset({TEXT.type}) if intake.written else None
        for step in data_valid:
            holds = step.on_fail == "refuse" and step.input in ("", intake.tag)
            types = step.component.accepts() if holds else None
            if types is None:
                continue
            left = types if left is None else left & types
            if not left:
                said = (
                    f"lets no text through, and “{intake.tag}” brings nothing else"
                    if intake.written
                    else f"lets no kind of “{intake.tag}” through that earlier checks do"
                )
                several = not step.input and len(intakes) > 1
                hint = '; say which input it is for with "input"' if several else ""
                yield ConfigProblem(step.path, said + hint)
                break


def _impossible(one: Mapping[str, Any], other: Mapping[str, Any], within: str) -> Iterator[str]:
    """Yield the members that must be there, and of which no value is what both schemas ask for."""
    for name in sorted({*one.get("required", ()), *other.get("required", ())}):
        mine, theirs = _member(one, name), _member(other, name)
        if mine is None or theirs is None or not _meet(mine, theirs):
            yield within + name
        else:
            yield from _impossible(mine, theirs, f"{within}{name}.")


def _member(schema: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Give what a schema says of a member, None where there may be none of this name."""
    own = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
    found = own.get(name, not closed)
    if isinstance(found, Mapping):
        return found
    return {} if found else None


def _meet(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether some value may be what both schemas ask for."""
    for each, against in ((one, other), (other, one)):
        values = each.get("enum", [each["const"]] if "const" in each else None)
        if values is not None and not _any_fits(values, against):
            return False
    return bool(_types(one) & _types(other))


def _any_fits(values: Sequence[Any], schema: Mapping[str, Any]) -> bool:
    from librarian import schemas

    plain = schemas.compiled({keyword: schema[keyword] for keyword in PLAIN & schema.keys()})
    return any(plain.is_valid(value) for value in values)


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    """Give the types that a schema allows; a whole number is a number too."""
    told = schema.get("type", EVERY)
    types = frozenset({told} if isinstance(told, str) else told)
    return types | {"integer"} if "number" in types else types
