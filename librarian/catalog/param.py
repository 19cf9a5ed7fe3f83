"""What may a component or the service be told? Each param and setting, read off its declaration."""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from librarian.settings import binding
from librarian.settings.declared import Plain
from librarian.units import written

WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
}
BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
}
RAW = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""Bounds that pydantic leaves as they are where the value may also be text."""


@dataclass(frozen=True, slots=True)
class Param:
    """One param of a component, or one plain setting, as people are told of it."""

    name: str
    kind: str
    limits: str
    help: str
    default: str
    """As it would be written; empty where there is none."""
    required: bool
    positional: bool
    schema: Mapping[str, Any]


def params(made: type[Any]) -> tuple[Param, ...]:
    """Give a component's params, in the order in which args bind."""
    whole = schema_of(made)
    required = whole.get("required", ())
    found = []
    for field in binding.fields(made):
        name = binding.names_of(field)[0]
        schema = whole["properties"][name]
        found.append(_param(name, schema, name in required, not field.kw_only))
    return tuple(found)


def settings() -> Iterator[tuple[str, Param]]:
    """Give every plain setting with the name of its field."""
    yield from members(Plain)


def members(declared: type[BaseModel]) -> Iterator[tuple[str, Param]]:
    """Give every member of a declaration with its name."""
    whole = tidied(declared.model_json_schema())
    for name, schema in whole["properties"].items():
        yield name, _param(name, schema, name in whole.get("required", ()), positional=False)


def schema_of(made: type[Any]) -> dict[str, Any]:
    """Give the JSON Schema of a component's params, each standing on its own."""
    schema = tidied(binding.adapter(made).json_schema())
    definitions = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inlined(schema, definitions)
    return inlined


def sentences(made: type[Any]) -> tuple[str, str]:
    """Give a docstring's first sentence, and what comes after it."""
    text = inspect.getdoc(made) or ""
    first, _, rest = text.partition("\n\n")
    return " ".join(first.split()), rest.strip()


def tidied(schema: Any) -> Any:
    """Take out what pydantic adds and nobody needs: titles, masked defaults; mend raw bounds."""
    if isinstance(schema, list):
        return [tidied(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: tidied(each) for name, each in value.items()}
        elif key == "default":
            if not schema.get("writeOnly"):
                kept[key] = value
        elif key in ("enum", "const", "examples"):
            kept[key] = value
        elif key != "title":
            kept[RAW.get(key, key)] = tidied(value)
    return kept


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref", "")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        named = definitions[reference.removeprefix("#/$defs/")]
        return {**_inlined(named, definitions), **_inlined(rest, definitions)}
    return {key: _inlined(value, definitions) for key, value in schema.items()}


def _param(name: str, schema: dict[str, Any], required: bool, positional: bool) -> Param:  # noqa: FBT001
    default = ""
    if "default" in schema and schema["default"] is not None:
        default = _written(schema)
    return Param(
        name=name,
        kind=kind(schema),
        limits=", ".join(_limits(schema)),
        help=_help(schema),
        default=default,
        required=required,
        positional=positional,
        schema=schema,
    )


def kind(schema: Mapping[str, Any]) -> str:
    """Say in words what a JSON Schema asks for."""
    if "unit" in schema:
        return str(schema["unit"])
    if "anyOf" in schema or "oneOf" in schema:
        every = [kind(each) for each in schema.get("anyOf", schema.get("oneOf", ()))]
        return " or ".join(dict.fromkeys(word for word in every if word != "null")) or "null"
    if "enum" in schema:
        return ", ".join(json.dumps(each) for each in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if schema.get("writeOnly"):
        return "secret text"
    said = schema.get("type", "")
    if said == "array":
        inner = kind(schema["items"]) if schema.get("items") else ""
        return f"list of {inner}" if inner else "list"
    if said == "object" and isinstance(schema.get("additionalProperties"), dict):
        inner = kind(schema["additionalProperties"])
        return f"object of {inner}" if inner != "any JSON" else "object"
    return WORDS.get(said, "any JSON")


def _help(schema: Mapping[str, Any]) -> str:
    """Give the help text, which stands within where a named type brings its own."""
    described = [schema, *schema.get("anyOf", ())]
    return next((each["description"] for each in described if "description" in each), "")


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    bounded = [schema, *schema.get("anyOf", ())]
    for key, phrase in BOUNDS.items():
        limit = next((each[key] for each in bounded if key in each), None)
        sharper = any(f"exclusive{key.capitalize()}" in each for each in bounded)
        if limit is not None and not sharper:
            yield phrase.format(limit)


def _written(schema: Mapping[str, Any]) -> str:
    """Write a default as a setting takes it: 25MiB, a text as it is, a list with commas or JSON."""
    value = schema["default"]
    if "unit" in schema:
        return written(value, schema["unit"])
    if isinstance(value, list) and {"type": "string"} in schema.get("anyOf", ()):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
