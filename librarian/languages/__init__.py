"""In which words does the page speak? One JSON file each; what a file leaves out is English.

`faults` says faults by their rule, `stages` what became of a contribution by the stage's slug;
English has none of either, because the service's own sentences are English. In a sentence,
`{place}` is the label, `{limit}` what is allowed, `{actual}` what came.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from librarian.plain import say
from librarian.problem import Problem
from librarian.record import LABELS

FOLDER = Path(__file__).parent
SHIPPED = tuple(sorted(file.stem for file in FOLDER.glob("*.json")))
ENGLISH, AUTO = "en", "auto"
LARGEST = 64 * 2**10
"""Bytes of a file of words; the page carries them all."""

Words = Mapping[str, Any]


@cache
def load(language: str) -> Words:
    """Read a language by its code, or from a file. Raises ValueError, said to the owner."""
    file = FOLDER / f"{language}.json" if language in SHIPPED else Path(language)
    own = _read(file)
    if language == ENGLISH:
        return own
    english = load(ENGLISH)
    for name, value in own.items():
        if name not in english:
            raise ValueError(f"has “{name[:60]}”, which the page never says")
        if not isinstance(value, type(english[name])):
            raise ValueError(f"must have {_kind(english[name])} in “{name}”")  # noqa: TRY004 - as all
        if isinstance(value, dict) and not all(isinstance(each, str) for each in value.values()):
            raise ValueError(f"must have texts only in “{name}”")
    if own.get("dir", "ltr") not in ("ltr", "rtl"):
        raise ValueError("must have ltr or rtl in “dir”")
    return {**english, **own}


def said(problem: Problem, words: Words, captions: Mapping[str, str]) -> str:
    """Say a fault in a language; where that has no words for its rule, as the service does.

    A label is called as its field is; `captions` are those by the label's name.
    """
    name = ".".join(map(str, problem.path[1:])) if problem.path[:1] == (LABELS,) else ""
    called = f"“{captions.get(name, name)}”" if name else ""
    plain = problem.message.replace(f"“{name}”", called) if name else problem.message
    sentence = words["faults"].get(problem.rule)
    if sentence is None:
        return plain
    filled = sentence
    for name, value in (
        ("place", called),
        ("limit", _told(problem.limit)),
        ("actual", _told(problem.actual)),
    ):
        if f"{{{name}}}" in filled and not value:
            return plain
        filled = filled.replace(f"{{{name}}}", value)
    return str(filled)


def _told(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(say, value)) if isinstance(value, list) else say(value)


def _read(file: Path) -> dict[str, Any]:
    known = f"must be {', '.join((AUTO, *SHIPPED))}, or the path of a JSON file like theirs"
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError(f"is a file of more than {LARGEST} bytes")
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise ValueError(known) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"is a file that is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ValueError(known)  # noqa: TRY004 - the owner's fault, told with all others
    return value


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, dict) else "text"
