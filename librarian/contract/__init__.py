"""What does a configured service ask of a client? Read off its inputs, validators and limits."""

from collections.abc import Iterator, Mapping
from typing import Any

from librarian.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEEPEST = 10
"""References to references that are followed."""


def labels_schema(settings: Settings) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of the labels, as far as the label validators declare it."""
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    for step in settings.label_valid:
        if step.on_fail == "refuse":
            _join(schema, step.component.schema())
    return schema


def fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Yield every label of a schema as forms and queries name it (`box.x`), and if it must be.

    References to places in the schema itself are followed.
    """
    yield from _members(schema, schema, "", (), must=True)


def _members(
    root: Mapping[str, Any],
    node: Mapping[str, Any],
    within: str,
    seen: tuple[int, ...],
    *,
    must: bool,
) -> Iterator[tuple[str, Any, bool]]:
    required = node.get("required", ()) if must else ()
    for name, each in node.get("properties", {}).items():
        schema = _resolved(root, each)
        if id(each) in seen:
            continue
        if schema.get("properties"):
            inner = (*seen, id(each))
            yield from _members(root, schema, f"{within}{name}.", inner, must=name in required)
        else:
            yield within + name, schema, name in required


def _resolved(root: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """Give a subschema with what it refers to (`#/$defs/mood`) written in its place."""
    found = dict(schema) if isinstance(schema, Mapping) else {}
    for _ in range(DEEPEST):
        reference = found.pop("$ref", "")
        if not reference.startswith("#/"):
            break
        target: Any = root
        for step in reference[2:].split("/"):
            member = step.replace("~1", "/").replace("~0", "~")
            target = target.get(member, {}) if isinstance(target, Mapping) else {}
        found = {**(target if isinstance(target, Mapping) else {}), **found}
    return found


def media_types(settings: Settings, tag: str) -> list[str]:
    """Give the media types that an input accepts; empty where its validators do not say."""
    accepted: set[str] | None = None
    for step in settings.data_valid:
        types = step.component.accepts() if step.input in ("", tag) else None
        if types is not None:
            accepted = set(types) if accepted is None else accepted & types
    return sorted(accepted or ())


def _join(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Join one validator's schema to those before it; what contradicts stands in `allOf`."""
    for name, value in more.items():
        if name not in into:
            into[name] = value
        elif isinstance(value, dict) and isinstance(into[name], dict):
            into[name] = dict(into[name])
            _join(into[name], value)
        elif isinstance(value, list) and isinstance(into[name], list):
            into[name] = list(dict.fromkeys([*into[name], *value])) if name == "required" else value
        elif into[name] != value:
            into.setdefault("allOf", []).append({name: value})
