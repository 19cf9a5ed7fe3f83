"""Where does each setting's value come from? Flags, environment, .env file, JSON file, defaults.

The strongest source wins, setting by setting. JSON is parsed here for every source alike, then
`${NAME}`, `${NAME:-default}` and `${file:PATH}` inside its strings are filled in, so that a secret
stands once, under the name its host gives it. No message quotes a value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from librarian import strictjson
from librarian.problem import ConfigProblem

REFERENCE = re.compile(
    r"\$\{(?:file:(?P<file>[^}]+)|(?P<name>\w+)(?P<rest>:-(?P<default>[^}]*))?)\}"
)
WHOLE = "LIBRARIAN_CONFIG"


@dataclass(frozen=True, slots=True)
class Sources:
    """The configuration as found: variable name to value, JSON ones parsed, and what was wrong."""

    values: Mapping[str, Any]
    environ: Mapping[str, str]
    problems: tuple[ConfigProblem, ...]


def gather(
    *,
    environ: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
    dotenv: str = "",
    json_file: str = "",
    is_json: Callable[[str], bool],
) -> Sources:
    """Collect every source, the strongest last word; `is_json` says which variables hold JSON."""
    problems: list[ConfigProblem] = []
    environ = {**_dotenv(dotenv, problems), **environ}
    whole = _whole(environ.get(WHOLE, ""), json_file, problems)
    found = {**whole, **environ, **(flags or {})}
    values: dict[str, Any] = {}
    for name, value in found.items():
        value = _unquoted(value)
        if is_json(name) and isinstance(value, str):
            if not value.strip():
                continue
            try:
                value = strictjson.loads(value)
            except strictjson.NotJson as error:
                problems.append(ConfigProblem(name, f"must be JSON: {error}"))
                continue
        if is_json(name):
            value = _filled(value, name, environ, problems)
        values[name] = value
    return Sources(values, environ, tuple(problems))


def _dotenv(path: str, problems: list[ConfigProblem]) -> dict[str, str]:
    """Read a .env file; `./.env` where none is named and it is there, never a parent folder's."""
    from dotenv import dotenv_values

    file = Path(path or ".env")
    if not file.is_file():
        if path:
            problems.append(ConfigProblem("--dotenv", f"there is no file {path}"))
        return {}
    found = dotenv_values(file, interpolate=False)
    return {name: value for name, value in found.items() if value is not None}


def _whole(text: str, json_file: str, problems: list[ConfigProblem]) -> dict[str, Any]:
    """Read a whole configuration: `--json FILE`, else LIBRARIAN_CONFIG (an object or a path)."""
    where = "--json" if json_file else WHOLE
    text = _unquoted(text).strip()
    if json_file or (text and not text.startswith("{")):
        try:
            text = Path(json_file or text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            problems.append(ConfigProblem(where, "names a file that cannot be read"))
            return {}
    if not text:
        return {}
    try:
        value = strictjson.loads(text)
    except strictjson.NotJson as error:
        problems.append(ConfigProblem(where, f"must be JSON: {error}"))
        return {}
    if not isinstance(value, dict):
        problems.append(ConfigProblem(where, "must be a JSON object of settings"))
        return {}
    return {name.upper(): each for name, each in value.items()}


def _unquoted(value: Any) -> Any:
    """Take off one pair of quotes around a whole value, which `docker --env-file` leaves there."""
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def _filled(
    value: Any, path: str, environ: Mapping[str, str], problems: list[ConfigProblem]
) -> Any:
    """Fill in the references inside every string of a JSON value."""
    if isinstance(value, dict):
        return {k: _filled(v, f"{path}.{k}", environ, problems) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, f"{path}[{i}]", environ, problems) for i, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        if match["file"]:
            try:
                return Path(match["file"]).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError):
                message = f"${{file:{match['file']}}} names a file that cannot be read"
                problems.append(ConfigProblem(path, message))
                return ""
        if environ.get(match["name"]):
            return environ[match["name"]]
        if match["rest"] is None:
            problems.append(ConfigProblem(path, f"${{{match['name']}}} is not set"))
        return match["default"] or ""

    return REFERENCE.sub(fill, value)
