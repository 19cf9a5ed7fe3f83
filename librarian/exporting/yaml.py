"""How is YAML written? Blocks of names, lists and values; every text in double quotes, as in JSON.

YAML 1.2 holds JSON (section 1.3), so a text in quotes cannot become anything else. Only characters
that YAML lets nobody print are left to be escaped (section 5.1).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""What is no text without quotes, in one version of YAML or another, whatever its capitals."""


def write(value: Mapping[str, Any]) -> str:
    """Write an object."""
    return "".join(f"{line}\n" for line in _lines(value, ""))


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _entry(f"{indent}{_text(name)}:", each, f"{indent}  ")
    else:
        for each in value:
            first, *more = _lines(each, f"{indent}  ") if _nests(each) else [_text(each)]
            yield f"{indent}- {first.strip()}"
            yield from more


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if _nests(value):
        yield head
        yield from _lines(value, indent)
    else:
        yield f"{head} {_text(value)}"


def _nests(value: Any) -> bool:
    return bool(value) and isinstance(value, Mapping | Sequence) and not isinstance(value, str)


def _text(value: Any) -> str:
    """Write a scalar; a name or word that can be nothing else stands without quotes."""
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    written = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in written)
