"""How is a member of a JSON value found? By a name with dots, as owners write it: `box.x`."""

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator

from librarian.problem import Path

OBJECTS = (dict, Mapping)
"""What a JSON object may be; nearly always the first, of which there is no need to ask an ABC."""
ABSENT = object()
"""What `find` gives where there is no such member; null is a value."""
Names = TypeVar("Names", bound=Iterable[str])


def checked(names: Names) -> Names:
    """Let names of labels through. Raises ValueError for one that no label can have."""
    for name in names:
        if not all(name.split(".")) or "\0" in name:
            raise ValueError(f"“{name}” is no label's name; write x, or box.x for member x of box")
    return names


def _checked_one(name: str) -> str:
    checked([name])
    return name


LabelName = Annotated[str, AfterValidator(_checked_one)]
"""The name of one label in a configuration."""


@lru_cache(maxsize=1024)
def path_of(name: str) -> tuple[str, ...]:
    """Give the path that a name with dots means."""
    return tuple(name.split("."))


def find(value: Any, path: Path) -> Any:
    """Give the member of a JSON object that a path leads to, ABSENT where there is none."""
    for name in path:
        if not isinstance(value, OBJECTS) or name not in value:
            return ABSENT
        value = value[name]
    return value


def waived(value: Any, path: tuple[str, ...], optional: Iterable[str]) -> bool:
    """Say whether a member may be absent, because it or what holds it is optional and absent."""
    own = (path_of(name) for name in optional)
    return any(path[: len(o)] == o and find(value, o) is ABSENT for o in own)


def as_schema(labels: Mapping[str, Mapping[str, Any]], optional: Iterable[str]) -> dict[str, Any]:
    """Give the JSON Schema of labels, each with its own: `box.x` becomes a member of `box`."""
    schema: dict[str, Any] = {}
    free = set(optional)
    for name, own in labels.items():
        node, so_far = schema, []
        for member in path_of(name):
            so_far.append(member)
            if name not in free and ".".join(so_far) not in free:
                asked = node.setdefault("required", [])
                asked += [member] if member not in asked else []
            node = node.setdefault("properties", {}).setdefault(member, {})
        node |= own
    return schema


def is_number(value: Any) -> bool:
    """Say whether a JSON value is a finite number; true and false are none."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)
