"""How is a setting read that is a list of objects? Each checked, and none there twice."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from librarian.problem import ConfigProblem
from librarian.settings.declared import LISTS, QUOTA
from librarian.settings.objects import told, within
from librarian.settings.quota import QuotaConfig


def bind(
    values: Mapping[str, Any], problems: list[ConfigProblem]
) -> dict[str, tuple[BaseModel, ...]]:
    """Read every such setting, empty where nothing of it is said; faults go to `problems`."""
    return {each.field: tuple(_bind(name, values, problems)) for name, each in LISTS.items()}


def twice(quotas: tuple[QuotaConfig, ...], problems: list[ConfigProblem]) -> None:
    """Tell of quotas that count the same thing: each record would count twice there."""
    counted = [quota.counted for quota in quotas]
    for index, each in enumerate(counted):
        if each in counted[:index]:
            message = "counts the same as an earlier quota; the smaller one alone holds"
            problems.append(ConfigProblem(f"{QUOTA}[{index}]", message))


def _bind(name: str, values: Mapping[str, Any], problems: list[ConfigProblem]) -> list[BaseModel]:
    declared, entries = LISTS[name].declared, values.get(name, [])
    known = list(declared.model_fields)
    if not isinstance(entries, list):
        message = f"must be a JSON list of objects of {', '.join(known)}"
        problems.append(ConfigProblem(name, message))
        return []
    bound = []
    for index, entry in enumerate(entries):
        path = f"{name}[{index}]"
        if not isinstance(entry, dict):
            problems.append(ConfigProblem(path, f"must be an object of {', '.join(known)}"))
            continue
        try:
            bound.append(declared(**{str(member): value for member, value in entry.items()}))
        except ValidationError as error:
            for each in error.errors(include_input=False, include_url=False):
                member = str(each["loc"][0])
                place = f"{path}.{member}{within(each['loc'][1:])}"
                problems.append(ConfigProblem(place, told(each, member, known)))
    return bound
