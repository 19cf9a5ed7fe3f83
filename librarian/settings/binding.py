"""How does an entry of the configuration become a component? Bound, checked, every fault at once.

An entry is `{"validator": NAME, "args": [...], "kwargs": {...}}`: args bind by position in the
order of the component's fields, kwargs by name. Messages name the place, never a value, for a
value may be a secret.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import AliasChoices, TypeAdapter, ValidationError

from librarian import foreign
from librarian.chain import Step
from librarian.component import Family
from librarian.problem import ConfigProblem, nearest

NONE = "none"
"""The name that means "no step", in every chain."""


def adapter(made: type[Any]) -> TypeAdapter[Any]:
    """Give a component's checker, built once."""
    key: Any = made
    return _adapter(key)


@cache
def _adapter(made: Any) -> TypeAdapter[Any]:
    return TypeAdapter(made)


def fields(made: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    """Give a component's params, in the order in which args bind."""
    declared = dataclasses.fields(made)
    return tuple(sorted(declared, key=lambda field: bool(field.kw_only)))


def names_of(field: dataclasses.Field[Any]) -> list[str]:
    """Give the names that set a field: its own first, then old spellings still taken."""
    for source in (field.default, *getattr(field.type, "__metadata__", ())):
        alias = getattr(source, "validation_alias", None)
        if isinstance(alias, AliasChoices):
            return [str(choice) for choice in alias.choices]
    return [field.name]


def bind_chain(
    family: Family, value: Any, path: str, *, options: Sequence[str], problems: list[ConfigProblem]
) -> tuple[Step, ...]:
    """Bind a chain: a JSON list of entries. Faults are added to `problems`."""
    if not isinstance(value, list):
        problems.append(ConfigProblem(path, f"must be a JSON list of {family.name}"))
        return ()
    steps = []
    for index, entry in enumerate(value):
        step = _bind(family, entry, f"{path}[{index}]", options, problems)
        if step is not None:
            steps.append(step)
    return tuple(steps)


def _bind(
    family: Family, entry: Any, path: str, options: Sequence[str], problems: list[ConfigProblem]
) -> Step | None:
    allowed = (family.word, "args", "kwargs", *options)
    if not isinstance(entry, dict) or not isinstance(entry.get(family.word), str):
        message = f'must be an object with "{family.word}" and a name, like {{"{family.word}": '
        example = next(iter(family.table), NONE)
        problems.append(ConfigProblem(path, f'{message}"{example}"}}'))
        return None
    found = len(problems)
    for key in entry:
        if key not in allowed:
            message = f"is not known here; an entry has {', '.join(allowed)}."
            problems.append(ConfigProblem(f"{path}.{key}", message + nearest(key, allowed)))
    name = entry[family.word]
    try:
        made = foreign.find(family, name)
    except foreign.Unusable as error:
        problems.append(ConfigProblem(f"{path}.{family.word}", str(error)))
        return None
    if made is None:
        if name.lower() != NONE:
            known = [*family.table, *foreign.names(family), NONE]
            message = f"there is no {family.word} “{name[:60]}”; there are {', '.join(known)}."
            problem = ConfigProblem(f"{path}.{family.word}", message + nearest(name, known))
            problems.append(problem)
        return None
    on_fail, tag = entry.get("on_fail", "refuse"), entry.get("input", "")
    if on_fail not in ("refuse", "flag"):
        problems.append(ConfigProblem(f"{path}.on_fail", 'must be "refuse" or "flag"'))
    if not isinstance(tag, str):
        problems.append(ConfigProblem(f"{path}.input", "must be the tag of an input"))
    values, places = _arrange(made, entry, path, problems)
    component = None
    try:
        component = adapter(made).validate_python(values)
    except ValidationError as error:
        problems.extend(_explained(made, error, path, places))
    if len(problems) > found or component is None:
        return None
    return Step(component, path, tag, on_fail)


def _arrange(
    made: type[Any], entry: Mapping[str, Any], path: str, problems: list[ConfigProblem]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Lay args and kwargs over the field names; tell beside each value where it came from."""
    args, kwargs = entry.get("args", []), entry.get("kwargs", {})
    if not isinstance(args, list):
        problems.append(ConfigProblem(f"{path}.args", "must be a JSON list"))
        args = []
    if not isinstance(kwargs, dict):
        problems.append(ConfigProblem(f"{path}.kwargs", "must be a JSON object"))
        kwargs = {}
    positional = [field.name for field in fields(made) if not field.kw_only]
    if len(args) > len(positional):
        takes = f"takes {len(positional)} args at most ({', '.join(positional) or 'none'})"
        message = f"{len(args)} are given, but {made.name} {takes}"
        problems.append(ConfigProblem(f"{path}.args", message))
    values = dict(zip(positional, args, strict=False))
    places = {name: f"{path}.args[{index}]" for index, name in enumerate(values)}
    own = {alias: field.name for field in fields(made) for alias in names_of(field)}
    for name, value in kwargs.items():
        target = own.get(name, name)
        if target in values:
            message = f"is given twice: in {places[target]} too"
            problems.append(ConfigProblem(f"{path}.kwargs.{name}", message))
        else:
            values[target] = value
            places[target] = f"{path}.kwargs.{name}"
    return values, places


def _explained(
    made: type[Any], error: ValidationError, path: str, places: Mapping[str, str]
) -> Iterator[ConfigProblem]:
    known = [field.name for field in fields(made)]
    helps = {name: field.description for name, field in made.__pydantic_fields__.items()}
    for each in error.errors(include_input=False, include_url=False):
        name, *rest = [str(step) for step in each["loc"]] or [""]
        trail = "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in rest)
        place = places.get(name, f"{path}.kwargs.{name}" if name else path) + trail
        if each["type"] == "unexpected_keyword_argument":
            takes = f"{made.name} takes {', '.join(known)}" if known else f"{made.name} takes none"
            yield ConfigProblem(place, f"is not known; {takes}.{nearest(name, known)}")
        elif each["type"] == "missing":
            yield ConfigProblem(place, f"is missing; {made.name} needs it")
        elif each["type"] == "string_pattern_mismatch" and name in helps and not rest:
            yield ConfigProblem(place, f"does not fit; what it is: {helps[name]}")
        else:
            yield ConfigProblem(place, each["msg"].removeprefix("Value error, "))
