"""How does the form ask for one label? With the field that its schema calls for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from librarian.schemas import decimal

MOST_RADIOS = 6
"""Choices that stand open; more of them are a list to unfold."""
LONG = 200
"""Characters from which a text is given more than a line."""


@dataclass(frozen=True)
class Field:
    """One label as the form asks for it."""

    name: str
    id: str
    kind: str
    """text, long, number, switch, radio, select, several, list, json, or a type of HTML's."""
    caption: str
    help: str
    required: bool
    choices: tuple[Any, ...] = ()
    bounds: Mapping[str, Any] | None = None
    """Attributes of HTML: min, max, step, minlength, maxlength."""
    given: Any = None


def field(name: str, schema: Mapping[str, Any], index: int, *, required: bool) -> Field:
    """Read off a label's schema how it is asked for; `index` makes its id."""
    kind, choices = _kind(schema, required=required)
    attributes = {
        "min": schema.get("minimum"), "max": schema.get("maximum"),
        "minlength": schema.get("minLength"), "maxlength": schema.get("maxLength"),
    }  # fmt: skip
    if kind == "number":
        attributes["step"] = step = schema.get("multipleOf", _step(schema))
        attributes["min"] = _on_step(attributes["min"], step)
    return Field(
        name,
        f"label-{index}",
        kind,
        str(schema.get("title", name)),
        str(schema.get("description", schema.get("x-form", ""))),
        required,
        choices,
        {key: value for key, value in attributes.items() if value is not None},
        schema.get("default"),
    )


def _kind(schema: Mapping[str, Any], *, required: bool) -> tuple[str, tuple[Any, ...]]:
    if "enum" in schema:
        few = len(schema["enum"]) <= MOST_RADIOS
        return "radio" if few else "select", tuple(schema["enum"])
    kind, items = _type(schema), schema.get("items")
    if kind == "boolean":
        return ("switch", ()) if required else ("radio", (True, False))
    if kind in ("integer", "number"):
        return "number", ()
    if kind == "array":
        several = isinstance(items, Mapping) and items.get("enum")
        return ("several", tuple(items["enum"])) if several and items else ("list", ())
    if kind == "object":
        return "json", ()
    # HTML's own field for a time can write no offset, which JSON Schema's times have
    form = {"date": "date", "email": "email", "uri": "url"}
    if schema.get("format") in form:
        return form[schema["format"]], ()
    return "long" if schema.get("maxLength", 0) > LONG and "pattern" not in schema else "text", ()


def _step(schema: Mapping[str, Any]) -> int | str:
    return 1 if _type(schema) == "integer" else "any"


def _on_step(least: Any, step: Any) -> Any:
    """Give the least number that is a multiple of the step: browsers count steps from there."""
    if least is None or step == "any":
        return least
    first = -(-decimal(least) // decimal(step)) * decimal(step)
    if first == decimal(least):
        return least
    return int(first) if first.denominator == 1 else float(first)


def _type(schema: Mapping[str, Any]) -> str:
    """Give the one type that a schema asks for, besides null."""
    kinds = schema.get("type", "")
    named = [kinds] if isinstance(kinds, str) else [each for each in kinds if each != "null"]
    return named[0] if len(named) == 1 else ""
