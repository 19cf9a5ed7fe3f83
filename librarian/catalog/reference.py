"""What stands on the reference page? Every setting, component and status, as Markdown tables."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from librarian.catalog.describe import NO_STEP, abilities, entry, places, takes
from librarian.catalog.param import Param, members, params, sentences, settings
from librarian.component import Family
from librarian.inputs import INPUTS
from librarian.settings.binding import NONE
from librarian.settings.declared import (
    FAMILIES,
    HOST_VARIABLES,
    JSON_SETTINGS,
    LISTS,
    OBJECTS,
    PREFIX,
)
from librarian.stage import STAGES

HEAD = """\
# Reference

Generated from the code by `make docs`; do not edit. The same on a terminal: `librarian describe`,
`librarian schema`, `librarian serve --help`.
"""
ENTRIES = """\
An entry of a chain is `{"validator": NAME, "args": [...], "kwargs": {...}}` (for actors
`{"actor": NAME, ...}`): args bind by position, kwargs by name; names match in any case; chains run
in order. A validator's entry may say `"on_fail": "flag"`, an entry of a data chain
`"input": "<tag>"`. `[]`, and the name `none`, mean "no step".
"""
SOURCES = """\
Sources, strongest first: flags, environment, `.env` file, JSON file (`--json FILE` or
`LIBRARIAN_CONFIG`), defaults. Inside the strings of JSON, `${NAME}`, `${NAME:-default}` and
`${file:PATH}` read another variable or a file.
"""


def reference() -> str:
    """Write the whole page."""
    return "\n".join([HEAD, *_settings(), *_families(), *_statuses()])


def _settings() -> Iterator[str]:
    yield "## Settings\n"
    yield SOURCES
    rows = []
    for name, param in settings():
        kind = ", ".join(filter(None, (param.kind, param.limits)))
        default = f"`{param.default}`" if param.default else ""
        flag = f"`--{name.replace('_', '-')}`"
        rows.append((f"`{PREFIX}{name.upper()}`", flag, kind, default, param.help))
    yield table(("variable", "flag", "takes", "default", "meaning"), rows)
    hosts = [f"`{name}` means `{meant}`" for name, meant in HOST_VARIABLES.items()]
    yield f"Where a host sets them, {' and '.join(hosts)}.\n"
    yield "### JSON variables\n"
    yield ENTRIES
    yield table(
        ("variable", "meaning", "example"),
        [
            (f"`{name}`", setting.help, f"`{json.dumps(setting.example, ensure_ascii=False)}`")
            for name, setting in JSON_SETTINGS.items()
        ],
    )
    for name, setting in OBJECTS.items():
        own = {member: variable for variable, member in setting.variables(name).items()}
        yield f"### {name}\n\nEach member can be set alone, too; its own variable is stronger.\n"
        told = [(own[member], param) for member, param in members(setting.declared)]
        members_rows = [(f"`{variable}`", *_row(param)[1:]) for variable, param in told]
        yield table(("variable", "takes", "default", "meaning"), members_rows)
    for name, each in LISTS.items():
        yield f"### {name}\n\nA list of objects, each with these members:\n"
        rules = [(f"`{member}`", *_row(param)[1:]) for member, param in members(each.declared)]
        yield table(("member", "takes", "default", "meaning"), rules)


def _families() -> Iterator[str]:
    for family in FAMILIES:
        yield f"## {family.name.capitalize()}\n"
        for made in family.table.values():
            yield from _component(family, made)
        if family is not INPUTS:
            yield f"### {NONE}\n\n{NO_STEP}\n"


def _component(family: Family, made: type[Any]) -> Iterator[str]:
    first, rest = sentences(made)
    yield f"### {made.name}\n"
    yield first + "\n"
    if rest:
        yield rest + "\n"
    facts = [f"Takes {takes(made)}"] if made.takes and family is not INPUTS else []
    if family.word == "actor":
        facts.append(abilities(made))
    facts.append(f"stands in {', '.join(f'`{name}`' for name in places(family, made))}")
    said = "; ".join(facts)
    yield f"{said[0].upper()}{said[1:]}.\n"
    yield f"```json\n{json.dumps(entry(family, made), ensure_ascii=False)}\n```\n"
    told = params(made)
    if told:
        yield table(("param", "takes", "default", "meaning"), map(_row, told))


def _row(param: Param) -> tuple[str, ...]:
    name = f"`{param.name}`" + ("" if param.positional else " (by name only)")
    kind = ", ".join(filter(None, (param.kind, param.limits)))
    default = "needed" if param.required else f"`{param.default}`" if param.default else ""
    return name, kind, default, param.help


def _statuses() -> Iterator[str]:
    yield "## Statuses\n"
    yield "Success is 201, or 200 for a repeated request and on `/put`, or 202 from the spool."
    yield "Failures:\n"
    yield table(
        ("status", "slug", "retry", "meaning"),
        [(str(s.status), f"`{s.slug}`", "yes" if s.retryable else "no", s.meaning) for s in STAGES],
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    escaped = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped) + "\n"
