"""What does a fault that JSON Schema finds mean to a contributor? One plain sentence for each."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from librarian.plain import say, say_one_of, say_place
from librarian.problem import Path, Problem

TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number",
    "boolean": "true or false", "array": "a list", "object": "an object", "null": "null",
}  # fmt: skip
FORMATS = {
    "date": "a date, like 2026-11-30",
    "date-time": "a date and a time, like 2026-11-30T12:00:00Z",
    "time": "a time, like 12:00:00Z",
    "duration": "a duration, like P3DT4H",
    "email": "an e-mail address",
    "idn-email": "an e-mail address",
    "hostname": "the name of a host",
    "idn-hostname": "the name of a host",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "uri": "a whole web address, like https://example.org/",
    "iri": "a whole web address, like https://example.org/",
    "uuid": "a UUID",
    "regex": "a regular expression",
}
TOLD = frozenset(
    {"type", "enum", "const", "pattern", "format", "uniqueItems", "minContains", "maxContains"}
)
"""Keywords whose value says something by itself; others hold schemas, or names already told."""


def _types(allowed: Any) -> str:
    names = [allowed] if isinstance(allowed, str) else allowed
    return " or ".join(TYPES.get(name, str(name)) for name in names)


def _format(name: Any) -> str:
    return FORMATS.get(name, f"of the format {name}")


def _count(count: Any, noun: str) -> str:
    return f"{say(count)} {noun}{'' if count == 1 else 's'}"


PREDICATES: dict[str, Callable[[Any], str]] = {
    "type": lambda limit: f"must be {_types(limit)}",
    "enum": lambda limit: f"must be {say_one_of(limit)}",
    "const": lambda limit: f"must be {say(limit)}",
    "minimum": lambda limit: f"must be at least {say(limit)}",
    "maximum": lambda limit: f"must be at most {say(limit)}",
    "exclusiveMinimum": lambda limit: f"must be more than {say(limit)}",
    "exclusiveMaximum": lambda limit: f"must be less than {say(limit)}",
    "multipleOf": lambda limit: f"must be a multiple of {say(limit)}",
    "minLength": lambda limit: f"must have at least {_count(limit, 'character')}",
    "maxLength": lambda limit: f"must have at most {_count(limit, 'character')}",
    "pattern": lambda _: "does not have the asked form",
    "format": lambda limit: f"must be {_format(limit)}",
    "minItems": lambda limit: f"must have at least {_count(limit, 'item')}",
    "maxItems": lambda limit: f"must have at most {_count(limit, 'item')}",
    "uniqueItems": lambda _: "holds the same item twice",
    "minProperties": lambda limit: f"must have at least {_count(limit, 'member')}",
    "maxProperties": lambda limit: f"must have at most {_count(limit, 'member')}",
    "required": lambda _: "is missing",
    "dependentRequired": lambda _: "is missing, and what else is there needs it",
    "additionalProperties": lambda _: "is not asked for",
    "unevaluatedProperties": lambda _: "has members that are not asked for",
    "items": lambda _: "has too many items",
    "unevaluatedItems": lambda _: "has too many items",
    "contains": lambda _: "does not hold the items it must hold",
    "anyOf": lambda _: "has none of the forms it may have",
    "oneOf": lambda _: "must have exactly one of the forms it may have",
    "not": lambda _: "is not allowed here",
}
NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
COUNTS = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
)


def problems(error: Any) -> Iterator[Problem]:
    """Turn one error of jsonschema into problems; each missing or unwanted member is its own."""
    rule = error.validator or "not"
    for path in _paths(error):
        sentence = f"{say_place(path)} {predicate(error)}"
        if rule in NUMBERS:
            sentence += f"; it is {say(error.instance)}"
        yield Problem(
            rule,
            f"{sentence}.",
            path,
            limit=error.validator_value if rule in TOLD | NUMBERS | COUNTS else None,
            actual=_actual(rule, error.instance),
        )


def predicate(error: Any) -> str:
    """Say what is wrong, without its subject: `must be at most 3`."""
    from jsonschema.exceptions import best_match

    rule = error.validator or "not"
    if "propertyNames" in error.relative_schema_path and isinstance(error.instance, str):
        return f"has a member with a name that is not allowed, {say(error.instance)}"
    said = PREDICATES.get(rule, lambda _: f"breaks the rule {rule}")(error.validator_value)
    if error.context:
        nearest = best_match([error])
        place = _paths(nearest)[0]
        if nearest is not error and not nearest.context:
            subject = "" if place == tuple(error.absolute_path) else f"{say_place(place)} "
            said += f"; nearest: {subject}{predicate(nearest)}"
    return said


def type_of(value: Any) -> str:
    """Name the JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if value == int(value) else "number"
    named = ((str, "string"), (list, "array"), (dict, "object"))
    return next((name for kind, name in named if isinstance(value, kind)), "null")


def _paths(error: Any) -> list[Path]:
    """Give the places that an error speaks of: each missing or unwanted member is one."""
    rule = error.validator
    here: Path = tuple(error.absolute_path)
    limit, value = error.validator_value, error.instance
    names: list[str] = []
    if rule == "required":
        names = [name for name in limit if name not in value]
    elif rule == "dependentRequired":
        asked = [name for key, others in limit.items() if key in value for name in others]
        names = [name for name in asked if name not in value]
    elif rule == "additionalProperties":
        names = list(_additional(value, error.schema))
    return [(*here, name) for name in names] or [here]


def _additional(value: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    import re

    patterns = schema.get("patternProperties", {})
    for name in value:
        if name not in schema.get("properties", {}) and not any(
            re.search(pattern, name) for pattern in patterns
        ):
            yield name


def _actual(rule: str, value: Any) -> Any:
    if rule in NUMBERS:
        return value
    if rule in COUNTS:
        return len(value)
    return type_of(value) if rule == "type" else None
