"""How are values and places said in a sentence? Short, so that it can be read on a phone."""

from collections.abc import Sequence
from typing import Any

from librarian import strictjson
from librarian.problem import Path

LONGEST = 40
MOST = 12


def say(value: Any) -> str:
    """Write a JSON value as people read it: text in quotes, whole numbers without a point."""
    if isinstance(value, str):
        return f"“{_cut(value)}”"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return _cut(strictjson.dumps(value).decode())


def say_one_of(values: Sequence[Any]) -> str:
    """Write alternatives: `“cat”, “dog” or “bird”`; of very many only the first."""
    said = [say(value) for value in values]
    if len(said) > MOST:
        return f"{', '.join(said[:MOST])} or one of {len(said) - MOST} others"
    return " or ".join(filter(None, (", ".join(said[:-1]), said[-1])))


def say_place(path: Path) -> str:
    """Name a member: `“box.x”`, `item 2 of “tags”`, `This` for the whole."""
    if not path:
        return "This"
    if isinstance(path[-1], int):
        return f"Item {path[-1] + 1} of {_inner(path[:-1])}"
    if any(isinstance(step, int) for step in path):
        return f"“{_cut(path[-1])}” in {_inner(path[:-1])}"
    return f"“{_cut('.'.join(map(str, path)))}”"


def _inner(path: Path) -> str:
    place = say_place(path)
    return place if place.startswith("“") else place[0].lower() + place[1:]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
