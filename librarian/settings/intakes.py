"""How is INPUT_CONFIG read? One object or a list of them, every fault with its path."""

import re
from typing import Any

from librarian import foreign
from librarian.inputs import INPUTS
from librarian.problem import ConfigProblem, nearest
from librarian.reading import Intake
from librarian.record import LABELS
from librarian.settings.declared import INPUT

TAG = re.compile(r"[A-Za-z0-9_-]{1,64}")
MEMBERS = ("type", "tag", "required")


def bind(value: Any, problems: list[ConfigProblem]) -> tuple[Intake, ...]:
    """Bind the configured inputs. Faults are added to `problems`; then there are no inputs."""
    found = len(problems)
    alone = isinstance(value, dict)
    entries = [value] if alone else value
    if not isinstance(entries, list) or not entries:
        problems.append(ConfigProblem(INPUT, "must be a JSON object, or a list of them"))
        return ()
    intakes: list[Intake] = []
    for index, entry in enumerate(entries):
        path = INPUT if alone else f"{INPUT}[{index}]"
        intake = _intake(entry, path, problems)
        if intake is None:
            continue
        if any(intake.tag == other.tag for other in intakes):
            problems.append(ConfigProblem(f"{path}.tag", f"“{intake.tag}” is there twice"))
        intakes.append(intake)
    return () if len(problems) > found else tuple(intakes)


def _intake(entry: Any, path: str, problems: list[ConfigProblem]) -> Intake | None:
    if not isinstance(entry, dict):
        message = 'must be an object like {"type": "base64", "tag": "image"}'
        problems.append(ConfigProblem(path, message))
        return None
    found = len(problems)
    for key in entry:
        if key not in MEMBERS:
            message = f"is not known here; an input has {', '.join(MEMBERS)}."
            problems.append(ConfigProblem(f"{path}.{key}", message + nearest(key, MEMBERS)))
    tag, required = entry.get("tag"), entry.get("required", True)
    if not isinstance(tag, str) or not TAG.fullmatch(tag) or tag == LABELS:
        message = f'must be a name of letters, digits, _ and - (not "{LABELS}"), like "image"'
        problems.append(ConfigProblem(f"{path}.tag", message))
    if not isinstance(required, bool):
        problems.append(ConfigProblem(f"{path}.required", "must be true or false"))
    ways = _ways(entry.get("type"), f"{path}.type", problems)
    return None if len(problems) > found else Intake(str(tag), tuple(ways), bool(required))


def _ways(kinds: Any, path: str, problems: list[ConfigProblem]) -> list[Any]:
    """Find the input types that one input may arrive as."""
    names = [kinds] if isinstance(kinds, str) else kinds
    known = f"must be one or a list of {', '.join(INPUTS.table)}"
    if not isinstance(names, list) or not names:
        problems.append(ConfigProblem(path, known))
        return []
    ways: list[Any] = []
    for index, name in enumerate(names):
        place = path if names is not kinds else f"{path}[{index}]"
        try:
            made = foreign.find(INPUTS, name) if isinstance(name, str) else None
        except foreign.Unusable as error:
            problems.append(ConfigProblem(place, str(error)))
            continue
        if made is None:
            hint = nearest(str(name), INPUTS.table)
            problems.append(ConfigProblem(place, f"{known}.{hint}"))
        elif any(isinstance(way, made) for way in ways):
            problems.append(ConfigProblem(place, f"{made.name} is there twice"))
        else:
            ways.append(made())
    return ways
