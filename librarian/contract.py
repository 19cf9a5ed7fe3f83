"""What does a configured service ask of a client? Read off its inputs, validators and limits."""

from collections.abc import Iterator, Mapping
from typing import Any

from librarian.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def labels_schema(settings: Settings) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of the labels, as far as the label validators declare it."""
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    for step in settings.label_valid:
        if step.on_fail == "refuse":
            _join(schema, step.component.schema())
    return schema


def fields(schema: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any, bool]]:
    """Yield every label of a schema as forms and queries name it (`box.x`), and if it must be."""
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        if each.get("properties"):
            yield from fields(each, f"{within}{name}.")
        else:
            yield within + name, each, name in required


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
