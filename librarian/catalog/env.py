"""What stands in .env.example? Every setting with its help and a value to start from."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from librarian.catalog.param import members, settings
from librarian.settings.declared import (
    HOST_VARIABLES,
    JSON_SETTINGS,
    OBJECTS,
    PREFIX,
    STATUS,
    STATUS_VARIABLES,
)
from librarian.settings.sources import WHOLE

HEAD = """\
# Every setting of DataLibrarian. Copy this file to .env and take off the # of what you set.
# Generated from the code by `make docs`; `librarian describe NAME` explains each component.
#
# With none of the six JSON variables set, images are kept in ./librarian-data/images and labels in
# ./librarian-data/labels.sqlite. If one of them is set, both ACTOR variables must be.
# ${NAME}, ${NAME:-default} and ${file:PATH} inside JSON read another variable or a file.
"""


def env_example() -> str:
    """Write the whole file."""
    return "\n".join([HEAD, *_json(), *_plain(), *_hosts()])


def _json() -> Iterator[str]:
    for name, setting in JSON_SETTINGS.items():
        needed = " (members one by one: " + _member() + ")" if name == STATUS else ""
        yield from _comment(setting.help + needed)
        yield f"#{name}='{json.dumps(setting.example, ensure_ascii=False)}'\n"
        if name in OBJECTS:
            yield from _members(name)
    yield from _comment(
        "everything as one JSON object, variable to value, or the file that holds it"
    )
    yield f"#{WHOLE}=librarian.json\n"


def _members(name: str) -> Iterator[str]:
    """Give a line for each member of an object that can be set alone."""
    setting = OBJECTS[name]
    told = dict(members(setting.declared))
    for variable, member in setting.variables(name).items():
        kind = ", ".join(filter(None, (told[member].kind, told[member].limits)))
        yield from _comment(f"{told[member].help} ({kind})")
        yield f"#{variable}={_value(setting.example[member])}\n"


def _value(example: Any) -> str:
    """Write a member's value as its own variable takes it."""
    if isinstance(example, list):
        return ",".join(example)
    return example if isinstance(example, str) else json.dumps(example)


def _member() -> str:
    return f"{next(name for name in STATUS_VARIABLES if 'LABEL_STORE' in name)}=503"


def _plain() -> Iterator[str]:
    for name, param in settings():
        kind = ", ".join(filter(None, (param.kind, param.limits)))
        yield from _comment(f"{param.help} ({kind})")
        yield f"#{PREFIX}{name.upper()}={param.default}\n"


def _hosts() -> Iterator[str]:
    for name, stands_for in HOST_VARIABLES.items():
        yield from _comment(f"set by hosts; the same as {stands_for}")
        yield f"#{name}=\n"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 98, initial_indent="# ", subsequent_indent="# ")
