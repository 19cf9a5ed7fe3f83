"""How does an owner write which labels are wanted? `species: cat, dog; note:`, in one line.

Labels stand with `;` between them, each a name, a colon and its choices; a name without choices
is filled in freely. Choices alone are those of `label`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
UNNAMED = "label"
RESERVED = frozenset({"uid", "labels", "filename"})
"""Names that mean something else to the service or to the page."""
LONGEST = 200
"""Characters of a choice, and of what is filled in freely ten times as many."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its name, and what may be chosen; without choices any text is taken."""

    name: str
    choices: tuple[str, ...] = ()


def parse(written: str, taken: Collection[str] = ()) -> tuple[Label, ...]:
    """Read labels. Raises ValueError, said to the owner."""
    found: dict[str, Label] = {}
    for each in filter(None, map(str.strip, written.split(";"))):
        label = _label(each)
        if label.name in RESERVED or label.name in taken:
            raise ValueError(
                f"“{label.name}” cannot be a label's name here: it means another thing"
            )
        if label.name in found:
            raise ValueError(f"the label “{label.name}” is there twice")
        found[label.name] = label
    return tuple(found.values())


def schema(labels: Sequence[Label], captions: Mapping[str, str]) -> dict[str, Any]:
    """Give the JSON Schema of these labels, all of them needed."""
    properties: dict[str, Any] = {}
    for label in labels:
        caption = captions.get(label.name, label.name.replace("_", " ").capitalize())
        any_text = {"type": "string", "minLength": 1, "maxLength": 10 * LONGEST}
        chosen = {"enum": list(label.choices)} if label.choices else any_text
        properties[label.name] = {"title": caption, **chosen}
    return {"properties": properties, "required": list(properties)}


def _label(written: str) -> Label:
    before, colon, after = written.partition(":")
    name, choices = (before.strip(), after) if colon else (UNNAMED, written)
    if not NAME.fullmatch(name):
        raise ValueError(
            f"“{name}” cannot be a label's name: that is a letter, and letters, digits and _ after"
            " it, as in species: cat, dog"
        )
    chosen = [choice.strip() for choice in choices.split(",")]
    if chosen == [""] and colon:
        return Label(name)
    if "" in chosen:
        raise ValueError(f"between two commas of “{name}” there is nothing to choose")
    if long := [choice for choice in chosen if len(choice) > LONGEST]:
        raise ValueError(f"“{long[0][:20]}…” is longer than {LONGEST} characters")
    if "${" in choices:
        raise ValueError(f"a choice of “{name}” cannot hold ${{, which fills in a variable")
    if len(set(chosen)) < len(chosen):
        twice = next(choice for choice in chosen if chosen.count(choice) > 1)
        raise ValueError(f"“{twice}” can be chosen twice in “{name}”")
    if len(chosen) == 1:
        raise ValueError(
            f"“{name}” has one choice alone, “{chosen[0]}”: name two or more, or write {name}: for"
            " what is filled in freely"
        )
    return Label(name, tuple(chosen))
