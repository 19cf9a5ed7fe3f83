"""Which type does a JSON Schema give each label? Read off its properties, for reading text."""

from collections.abc import Mapping
from typing import Any

from librarian.schemas import resolver_of
from librarian.schemas import words as schema_words

KINDS = {
    "string": "str", "integer": "int", "number": "number",
    "boolean": "bool", "array": "list", "object": "dict",
}  # fmt: skip


def declared(schema: dict[str, Any]) -> dict[str, str]:
    """Read off a schema which type each label has, members with dots: `{"box.x": "number"}`."""
    found: dict[str, str] = {}
    _declare(schema, resolver_of(schema), "", found, ())
    return found


def _declare(
    node: Any, resolver: Any, name: str, found: dict[str, str], within: tuple[int, ...]
) -> None:
    """Add the types that one subschema gives to a label and its members."""
    from referencing.jsonschema import DRAFT202012

    if not isinstance(node, Mapping) or id(node) in within:
        return
    within = (*within, id(node))
    if "$id" in node:
        resolver = resolver.in_subresource(DRAFT202012.create_resource(dict(node)))
    kind = _kind(node)
    if name and kind:
        found.setdefault(name, kind)
    if "$ref" in node:
        target = resolver.lookup(node["$ref"])
        _declare(target.contents, target.resolver, name, found, within)
    for each in node.get("allOf", ()):
        _declare(each, resolver, name, found, within)
    for member, each in node.get("properties", {}).items():
        if "." not in member:
            dotted = f"{name}.{member}" if name else member
            _declare(each, resolver, dotted, found, within)


def _kind(node: Mapping[str, Any]) -> str:
    """Tell the one type that a subschema asks for, empty where it leaves several."""
    types = node.get("type", [])
    types = {types} if isinstance(types, str) else set(types)
    if not types:
        values = node.get("enum", [node["const"]] if "const" in node else [])
        types = {schema_words.type_of(value) for value in values}
    types.discard("null")
    if types == {"integer", "number"}:
        return "number"
    return KINDS.get(types.pop(), "") if len(types) == 1 else ""
