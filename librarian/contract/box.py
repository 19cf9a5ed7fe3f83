"""Which labels are a box on the picture? As a cross validator declares them, else by their names.

Names that tell a box are x, y, width, height and top, left, bottom, right, alone or as members of
one label (`box.x`). Undeclared, whole numbers count pixels and others fractions. A number beside
them called aspect_ratio or aspect is its width divided by its height; one called rotate, rotation
or angle is how far it is turned, in degrees clockwise about its middle.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from librarian.cross.box import ROLES
from librarian.settings import Settings

TURNS = ("rotate", "rotation", "angle")
RATIOS = ("aspect_ratio", "aspect")
NUMBERS = ("number", "integer")


def box(settings: Settings, asked: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Describe the box: form, unit, label of each role, of which input; None if there is none.

    `asked` is every label's own schema by its name.
    """
    told = [step.component.tells() for step in settings.cross_valid if step.on_fail == "refuse"]
    found = next((dict(each["box"]) for each in told if "box" in each), None) or by_names(asked)
    if found is None:
        return None
    names = found["labels"].values()
    whole = all(_type(asked.get(name, {})) == "integer" for name in names)
    near = next(iter(names))
    ratio = next((each["ratio"] for each in told if "ratio" in each), None)
    named, turn = _beside(near, RATIOS, asked), _beside(near, TURNS, asked)
    if ratio is None and named:
        ratio = {"label": named, "of": "box"}
    return {
        **found,
        "whole": whole,
        **({"ratio": ratio} if ratio else {}),
        **({"turn": turn} if turn else {}),
    }


def by_names(asked: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Describe the box that numbers among labels tell by their names; None if they do not."""
    numbers = {name for name, schema in asked.items() if _type(schema) in NUMBERS}
    stems = {name.rpartition(".")[0] for name in numbers}
    for stem in sorted(stems):
        for form, roles in ROLES.items():
            labels = {role: f"{stem}.{role}" if stem else role for role in roles}
            if numbers.issuperset(labels.values()):
                whole = all(_type(asked[name]) == "integer" for name in labels.values())
                unit = "pixels" if whole else "fractions"
                return {"form": form, "unit": unit, "labels": labels, "input": ""}
    return None


def _beside(name: str, words: Sequence[str], asked: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Find a number called so: a member of the label that the box is in, or one at the top."""
    stem = name.rpartition(".")[0]
    places = [f"{stem}.{word}" for word in words if stem] + list(words)
    return next((p for p in places if p in asked and _type(asked[p]) in NUMBERS), None)


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "")
    return kind if isinstance(kind, str) else ""
