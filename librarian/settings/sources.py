"""Where does each setting's value come from? Flags, environment, .env file, JSON file, defaults.

The strongest source wins, setting by setting. JSON is parsed here for every source alike, then
`${NAME}`, `${NAME:-default}` and `${file:PATH}` inside its strings are filled in, so that a secret
stands once, under the name its host gives it. No message quotes a value.
"""

import io
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
    """The environment with the .env file behind it."""
    given: frozenset[str]
    """Every name that has a value somewhere, readable or not."""
    ours: frozenset[str]
    """The names that can only be meant for this service: flags, and members of a JSON file."""
    problems: tuple[ConfigProblem, ...]


def gather(
    *,
    environ: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
    dotenv: str = "",
    json_file: str = "",
    is_json: Callable[[str], bool],
    is_filled: Callable[[str], bool] = lambda _: False,
    aliases: Mapping[str, str] | None = None,
) -> Sources:
    """Collect every source; an empty value is none.

    `is_json` says which variables hold JSON, `is_filled` which others may hold references, too;
    `aliases` maps a variable that a host sets to the one that it stands for, so that it overrides
    weaker sources of that one.
    """
    problems: list[ConfigProblem] = []
    flags = flags or {}
    lent = in_file(dotenv, problems)
    both = {**lent, **{name: value for name, value in environ.items() if value}}
    whole = _whole(both.get(WHOLE, ""), json_file, problems)
    found: dict[str, Any] = {}
    for source in (whole, lent, environ, flags):
        said = {name: _unquoted(value) for name, value in source.items() if _says(value)}
        for alias, name in (aliases or {}).items():
            if alias in said:
                found.pop(name, None)
        found |= said
    values: dict[str, Any] = {}
    for name, value in found.items():
        if is_json(name):
            try:
                parsed = strictjson.loads(value) if isinstance(value, str) else value
            except strictjson.NotJson as error:
                problems.append(ConfigProblem(name, f"must be JSON: {error}"))
                continue
            value = _filled(parsed, name, both, problems)
        elif is_filled(name):
            faults = len(problems)
            value = _filled(value, name, both, problems)
            if len(problems) > faults:
                continue
        values[name] = value
    ours = frozenset(flags) | frozenset(whole)
    return Sources(values, both, frozenset(found), ours, tuple(problems))


def _says(value: Any) -> bool:
    """Say whether a value is one: an empty variable is as good as none."""
    return value is not None and not (isinstance(value, str) and not _unquoted(value.strip()))


def in_file(path: str, problems: list[ConfigProblem]) -> dict[str, str]:
    """Read a .env file; `./.env` where none is named and it is there, never a parent folder's.

    Nothing is expanded in it: `${…}` is ours to fill in, after the JSON is parsed.
    """
    from dotenv.parser import parse_stream

    file = Path(path or ".env")
    where = "--dotenv" if path else ".env"
    if not file.is_file():
        if path:
            problems.append(ConfigProblem(where, f"there is no file {path}"))
        return {}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problems.append(ConfigProblem(where, f"{file} cannot be read as UTF-8 text"))
        return {}
    found = {}
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            message = f"line {binding.original.line} of {file} is no NAME=value"
            problems.append(ConfigProblem(where, message))
        elif binding.key and binding.value is not None:
            found[binding.key] = binding.value
    return found


def _whole(text: str, json_file: str, problems: list[ConfigProblem]) -> dict[str, Any]:
    """Read a whole configuration: `--json FILE`, else LIBRARIAN_CONFIG (an object or a path)."""
    where = "--json" if json_file else WHOLE
    text = _unquoted(text).strip()
    source: str | bytes = text
    if json_file or (text and not text.startswith(("{", "["))):
        try:
            source = Path(json_file or text).read_bytes()
        except OSError:
            problems.append(ConfigProblem(where, "names a file that cannot be read"))
            return {}
    if not source:
        return {}
    try:
        value = strictjson.loads(source)
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
            return str(_unquoted(environ[match["name"]]))
        if match["rest"] is None:
            problems.append(ConfigProblem(path, f"${{{match['name']}}} is not set"))
        return match["default"] or ""

    return REFERENCE.sub(fill, value)
