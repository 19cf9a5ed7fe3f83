"""How is a setting read that is an object? Whole, as JSON, or member by member: SPOOL_WHEN=always.

A member's own variable is stronger than the same member of the object.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from librarian.problem import ConfigProblem, nearest
from librarian.settings.declared import OBJECTS


def bind(values: Mapping[str, Any], problems: list[ConfigProblem]) -> dict[str, BaseModel | None]:
    """Read every such setting, None where nothing of it is said; faults go to `problems`."""
    return {each.field: _bind(name, values, problems) for name, each in OBJECTS.items()}


def _bind(name: str, values: Mapping[str, Any], problems: list[ConfigProblem]) -> BaseModel | None:
    setting = OBJECTS[name]
    said = [variable for variable in setting.variables(name) if variable in values]
    if name not in values and not said:
        return None
    known = setting.declared.model_fields
    whole = values.get(name, {})
    if not isinstance(whole, dict):
        problems.append(ConfigProblem(name, f"must be a JSON object of {', '.join(known)}"))
        whole = {}
    paths = {member: f"{name}.{member}" for member in (*whole, *known)}
    own = {setting.variables(name)[variable]: variable for variable in said}
    paths |= own
    given = whole | {member: values[variable] for member, variable in own.items()}
    try:
        return setting.declared(**{str(member): value for member, value in given.items()})
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            member = str(each["loc"][0])
            place = paths[member] + within(each["loc"][1:])
            problems.append(ConfigProblem(place, told(each, member, list(known))))
    return None


def within(trail: Sequence[Any]) -> str:
    """Write where in a list a fault is: `[1]`; what pydantic says of types is left out."""
    return "".join(f"[{step}]" for step in trail if isinstance(step, int))


def told(error: Any, member: str, known: list[str]) -> str:
    """Say in a sentence what pydantic found, quoting no value."""
    if error["type"] == "extra_forbidden":
        return f"is not known; there are {', '.join(known)}.{nearest(member, known)}"
    if error["type"] == "missing":
        return "is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]
