r"""How is a value written into a .env file, so that all who read such files read the same?

Python's dotenv, Compose and a shell agree on one form alone: single quotes, with neither a quote
nor a doubled backslash between them. JSON can do without both, by writing them as \u0027 and
\u005c; a plain text with a quote in it is written as dotenv and Compose take it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Section:
    """Some variables that belong together, and what is said over them."""

    comment: str
    variables: Mapping[str, Any]
    """Name to value: text as it is, anything else as JSON."""


def text(sections: Iterable[Section]) -> str:
    """Write the file."""
    return "\n".join("".join(f"{line}\n" for line in _lines(section)) for section in sections)


def _lines(section: Section) -> Iterator[str]:
    yield from (f"# {line}".rstrip() for line in section.comment.splitlines())
    for name, value in section.variables.items():
        yield f"{name}={plain(value) if isinstance(value, str) else quoted_json(value)}"


def plain(value: str) -> str:
    """Write a text, in quotes where it needs them."""
    if PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted_json(value: Any) -> str:
    """Write JSON between single quotes."""
    coded = json.dumps(value, ensure_ascii=False)
    single = ESCAPE.sub(lambda found: "\\u005c" if found[1] == "\\" else found[0], coded)
    return "'" + single.replace("'", "\\u0027") + "'"
