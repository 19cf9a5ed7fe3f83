"""Which components do other packages bring? Those of their entry points, loaded when one is named.

A package names them in its metadata, in the groups `librarian.inputs`, `librarian.validators`,
`librarian.cross` and `librarian.actors`, under the name that a configuration uses (entry points
specification, PyPA). A name that is built in stays what it is. Nothing is imported, and no metadata
are read, for a configuration of built-in names alone.
"""

import dataclasses
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import TypeAdapter

from librarian.component import Actor, Component, CrossValidator, Family, Input, Validator

KINDS: Mapping[str, tuple[str, type[Component], str]] = {
    "inputs": ("librarian.inputs", Input, "read"),
    "validators": ("librarian.validators", Validator, "check"),
    "xvalidators": ("librarian.cross", CrossValidator, "check"),
    "actors": ("librarian.actors", Actor, "act"),
}
"""The group of each family, and what its components are: of which class, with which verb."""
RESERVED = frozenset({"none"})


class Unusable(Exception):
    """A package brings a component that cannot be used; says which package, and why."""


def find(family: Family, name: str) -> type[Any] | None:
    """Find a component by its configuration name, built in or foreign. Raises Unusable."""
    made = family.find(name)
    if made is not None or name.lower() in RESERVED:
        return made
    points = _points(family.name).get(name.lower(), ())
    return _loaded(family, tuple(points)) if points else None


def names(family: Family) -> list[str]:
    """Name the foreign components of a family, usable or not."""
    return sorted(_points(family.name).keys() - set(family.table) - RESERVED)


def table(family: Family) -> dict[str, type[Any]]:
    """Give every component of a family that can be used: name in lower case to class."""
    found = dict(family.table)
    for name in names(family):
        try:
            made = find(family, name)
        except Unusable:
            continue  # `faults` says it
        if made is not None:
            found[name] = made
    return found


def faults(family: Family) -> dict[str, str]:
    """Say of each foreign component that is not used why it is not."""
    said = {}
    for name, points in _points(family.name).items():
        if name in family.table or name in RESERVED:
            said[name] = f"{_packages(points)}: the name is taken by one that is built in"
            continue
        try:
            find(family, name)
        except Unusable as error:
            said[name] = str(error)
    return dict(sorted(said.items()))


def package_of(made: type[Any]) -> str:
    """Tell which package brought a component, with its version; empty where it is built in."""
    return str(vars(made).get("__package_of__", ""))


@cache
def _points(family: str) -> Mapping[str, list[EntryPoint]]:
    """Read the entry points of a family: name in lower case to whoever claims it."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=KINDS[family][0]):
        claims = found.setdefault(point.name.lower(), [])
        if point not in claims:  # a folder may stand twice among those that Python looks into
            claims.append(point)
    return found


def _loaded(family: Family, points: tuple[EntryPoint, ...]) -> type[Any]:
    packages = _packages(points)
    if len(points) > 1:
        raise Unusable(f"{packages} bring one each; only one of them may be installed")
    (point,) = points
    try:
        made = point.load()
        fault = _fault(family, point.name, made)
    except (Exception, SystemExit) as error:  # whatever somebody else's module does
        raise Unusable(f"{packages} cannot be loaded: {type(error).__name__}") from error
    if fault:
        raise Unusable(f"{packages} cannot be used: {fault}")
    made.__package_of__ = packages.removeprefix("the package ")
    return made  # type: ignore[no-any-return]


def _fault(family: Family, name: str, made: Any) -> str:
    """Say what keeps a class from being a component of this family, nothing if it is one."""
    _, kind, verb = KINDS[family.name]
    if not (isinstance(made, type) and issubclass(made, kind)):
        return f"it is no {kind.__name__} of librarian.component"
    if not dataclasses.is_dataclass(made):
        return "it lacks the decorator @component"
    if getattr(made, "name", "").lower() != name.lower():
        return f"its name is not “{name}”"
    if getattr(made, verb) is getattr(kind, verb):
        return f"it has no {verb}"
    if not made.__doc__:
        return "it has no docstring, which is its help"
    TypeAdapter(made).json_schema()  # what cannot be described can be neither checked nor shown
    return ""


def _packages(points: tuple[EntryPoint, ...] | list[EntryPoint]) -> str:
    told = [
        f"{point.dist.name} {point.dist.version}" if point.dist else point.value for point in points
    ]
    return f"the package{'s' if len(told) > 1 else ''} {' and '.join(sorted(told))}"
