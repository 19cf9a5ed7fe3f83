"""What is the JSON Schema of the whole configuration? For editors, and for owners' own checks.

It describes the JSON file that `--json` and LIBRARIAN_CONFIG read (JSON Schema 2020-12). A param
may always be a text with `${…}` in it: what it stands for is not known before it is filled in.
"""

import re
from typing import Any

from pydantic import BaseModel

from librarian import __version__, foreign
from librarian.catalog.describe import entry
from librarian.catalog.param import Param, members, params, sentences, settings, tidied
from librarian.component import Family
from librarian.inputs import INPUTS
from librarian.settings.binding import NONE
from librarian.settings.declared import (
    CHAINS,
    FAMILIES,
    INPUT,
    JSON_SETTINGS,
    LISTS,
    OBJECTS,
    PREFIX,
    STATUS,
)
from librarian.settings.intakes import TAG
from librarian.stage import STAGES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = {"$ref": "#/$defs/reference"}
CHOICES: dict[str, dict[str, Any]] = {
    "on_fail": {
        "enum": ["refuse", "flag"],
        "default": "refuse",
        "description": "flag keeps the record and marks it",
    },
    "input": {"$ref": "#/$defs/tag", "description": "the one input it applies to; without it, all"},
}
"""What an entry may say beside its name, args and kwargs."""


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of the configuration."""
    definitions: dict[str, Any] = {
        "reference": {
            "type": "string",
            "pattern": r"\$\{[^}]+\}",
            "description": "filled in from another variable or a file",
        },
        "tag": {"type": "string", "pattern": f"^{TAG.pattern}$"},
        "intake": _intake(),
    }
    for family in FAMILIES:
        if family is not INPUTS:
            definitions |= {
                f"{family.name}.{name}": _arguments(family, made)
                for name, made in foreign.table(family).items()
            }
    properties = {
        **{name: {"description": each.help} for name, each in JSON_SETTINGS.items()},
        **{PREFIX + name.upper(): _plain(param) for name, param in settings()},
    }
    intake = {"$ref": "#/$defs/intake"}
    properties[INPUT]["anyOf"] = [intake, {"type": "array", "minItems": 1, "items": intake}]
    for name, chain in CHAINS.items():
        properties[name] |= {"type": "array", "items": _entry(chain.family, chain.options)}
    properties[STATUS] |= {
        "type": "object",
        "properties": {s.slug: {"type": "integer", "minimum": 400, "maximum": 599} for s in STAGES},
        "additionalProperties": False,
    }
    for name, setting in OBJECTS.items():
        properties[name] |= _object(setting.declared)
    for name, each in LISTS.items():
        properties[name] |= {"type": "array", "items": _object(each.declared)}
    return {
        "$schema": DIALECT,
        "title": "DataLibrarian configuration",
        "$comment": f"DataLibrarian {__version__}",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _object(declared: type[BaseModel]) -> dict[str, Any]:
    """Describe an object of settings, each of which may stand for another variable."""
    told = dict(members(declared))
    return {
        "type": "object",
        "properties": {
            member: {"anyOf": [_plain(param), REFERENCE]} for member, param in told.items()
        },
        "additionalProperties": False,
    }


def _intake() -> dict[str, Any]:
    one = {"type": "string", "anyOf": [_named(name) for name in foreign.table(INPUTS)]}
    return {
        "type": "object",
        "properties": {
            "type": {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]},
            "tag": {
                "$ref": "#/$defs/tag",
                "description": "name of the field or member it comes in",
            },
            "required": {"type": "boolean", "default": True},
        },
        "required": ["type", "tag"],
        "additionalProperties": False,
    }


def _plain(param: Param) -> dict[str, Any]:
    """Describe a plain setting; as variables are text, numbers may be written as text too."""
    schema = dict(param.schema)
    if schema.get("type") != "integer":
        return schema
    number = {k: schema.pop(k) for k in ("type", "minimum", "maximum") if k in schema}
    return {**schema, "anyOf": [number, {"type": "string", "pattern": "^[0-9]+$"}]}


def _named(name: str) -> dict[str, Any]:
    """Match a name in any case."""
    letters = [f"[{c.lower()}{c.upper()}]" if c.isalpha() else re.escape(c) for c in name]
    return {"pattern": f"^{''.join(letters)}$", "examples": [name]}


def _entry(family: Family, options: tuple[str, ...]) -> dict[str, Any]:
    """Describe an entry: which names there are, and for each its args and kwargs."""
    table = foreign.table(family)
    names = [made.name for made in table.values()]
    return {
        "type": "object",
        "properties": {
            family.word: {"type": "string", "anyOf": [_named(n) for n in (*names, NONE)]},
            "args": {"type": "array"},
            "kwargs": {"type": "object"},
            **{option: CHOICES[option] for option in options},
        },
        "required": [family.word],
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {family.word: _named(name)}},
                "then": {"$ref": f"#/$defs/{family.name}.{key}"},
            }
            for key, name in zip(table, names, strict=True)
        ],
    }


def _arguments(family: Family, made: type[Any]) -> dict[str, Any]:
    """Describe a component's args and kwargs; a param that is needed stands in one of them."""
    told = params(made)
    either = {each.name: {"anyOf": [tidied(each.schema), REFERENCE]} for each in told}
    positional = [each.name for each in told if each.positional]
    args: dict[str, Any] = {"type": "array", "items": False}
    if positional:
        args["prefixItems"] = [either[name] for name in positional]
    needed = []
    for place, each in enumerate(told):
        if each.required:
            ways = [_has("kwargs", {"required": [each.name]})]
            if each.positional:
                ways.append(_has("args", {"minItems": place + 1}))
            needed.append({"anyOf": ways})
    schema: dict[str, Any] = {
        "description": sentences(made)[0],
        "examples": [entry(family, made)],
        "properties": {
            "args": args,
            "kwargs": {"type": "object", "properties": either, "additionalProperties": False},
        },
    }
    package = foreign.package_of(made)
    told_of = {"$comment": f"of the package {package}"} if package else {}
    return schema | told_of | ({"allOf": needed} if needed else {})


def _has(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": [name], "properties": {name: schema}}
