"""How do query strings, form fields and JSON become one set of labels, each of its right type?

Text is read as the type that a label validator declares for that label and stays text where it
cannot be (the validator then says so); JSON values keep their type, but for 3.0 where `int` and 0
where `float` is declared, because JavaScript writes 1.0 as 1.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import Any

from librarian import characters, strictjson
from librarian.plain import say_place
from librarian.problem import Path, Problem
from librarian.record import LABELS, Carrier, Submission
from librarian.stage import RECEIVE, Failure
from librarian.units import say_bytes

INTEGER = re.compile(r"-?[0-9]+")
NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
BOOLEANS = {"true": True, "false": False, "True": True, "False": False}
RESERVED = frozenset({"uid", "_id"})
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1
LONGEST_INTEGER = 40
"""Digits of a text read as a whole number; well past the largest, so that its fault is named."""
DEEPEST = 32
LARGEST = 2**20
"""Bytes of all labels together, as JSON; a document of MongoDB ends at 16 MiB."""
PLAIN_NAME = re.compile(r"(?!uid\Z)[^\W_][\w -]{0,254}")
FEW, SHORT = 100, 1000
"""So many labels with texts of so many characters are far less than LARGEST."""


def gather(submission: Submission, tags: Sequence[str], declared: Mapping[str, str]) -> Any:
    """Read a submission's labels into one JSON object. Raises Failure (`receive`)."""
    labels = _plain(submission, tags, declared)
    return _joined(submission, tags, declared) if labels is None else labels


def _joined(
    submission: Submission, tags: Sequence[str], declared: Mapping[str, str]
) -> dict[str, Any]:
    """Read labels of every place and form."""
    problems: list[Problem] = []
    labels: dict[str, Any] = {}
    for source in _sources(submission, tags, declared, problems):
        _merge(labels, source, (LABELS,), problems)
    if problems:
        raise Failure(RECEIVE, *problems)
    return labels


def _plain(
    submission: Submission, tags: Sequence[str], declared: Mapping[str, str]
) -> dict[str, Any] | None:
    """Read labels that are text, each there once and none inside another; None for all others."""
    pairs = [*submission.query]
    for name, carrier in submission.pieces:
        if name not in tags:
            if name == LABELS or carrier.kind != "field":
                return None
            pairs.append((name, carrier.value))
    read = GUESSED if submission.legacy else READ
    labels: dict[str, Any] = {}
    for name, text in pairs:
        if name in labels or name in tags or "." in name:
            return None
        labels[name] = read.get(declared.get(name, ""), str)(text)
    return labels


def faults(labels: Mapping[str, Any], most: int) -> Iterator[Problem]:
    """Yield what no configuration allows in labels: reserved names, numbers no store can hold."""
    return iter(()) if _are_plain(labels, most) else _faults(labels, most)


def _are_plain(labels: Mapping[str, Any], most: int) -> bool:
    """Say whether nothing can be wrong with labels: few, short, none inside another, all seen.

    What is printable to Python holds none of the characters that cannot be seen.
    """
    if len(labels) > min(most, FEW):
        return False
    for name, value in labels.items():
        if len(name) > characters.LONGEST_NAME or not _is_plain_name(name):
            return False
        kind = type(value)
        if kind is float or kind is int:
            if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
                return False
        elif kind is str:
            if len(value) > SHORT or not value.isprintable():
                return False
        elif kind is not bool and value is not None:
            return False
    return True


@lru_cache(1000)
def _is_plain_name(name: str) -> bool:
    """Say whether nothing can be wrong with a short name; the same come again and again."""
    return PLAIN_NAME.fullmatch(name) is not None


def _faults(labels: Mapping[str, Any], most: int) -> Iterator[Problem]:
    """Yield what is wrong with labels of any form."""
    for name in labels:
        if name in RESERVED or name.startswith("_"):
            yield Problem("reserved", f"A label cannot be called “{name[:60]}”.", (name,))
    count = 0
    for path, value in _walk(labels, ()):
        count += isinstance(path[-1], str)
        yield from _hidden(path, value)
        if not _is_name(path[-1]):
            message = f"“{str(path[-1])[:60]}” cannot be a label's name: no dot, no $ before it."
            yield Problem("name", message, path)
        if isinstance(value, int) and not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            message = f"{say_place(path)} is too large a number."
            yield Problem("maximum", message, path, limit=LARGEST_INTEGER)
        if len(path) > DEEPEST:
            yield Problem("depth", "The labels are nested too deeply.", path[:3], limit=DEEPEST)
            return
    size = len(strictjson.dumps(labels))
    if size > LARGEST:
        message = f"The labels are {say_bytes(size)}; at most {say_bytes(LARGEST)} are taken."
        yield Problem("bytes", message, limit=LARGEST, actual=size)
    if count > most:
        message = f"There are more than {most} labels."
        yield Problem("count", message, limit=most, actual=count)


def _hidden(path: Path, value: Any) -> Iterator[Problem]:
    """Yield what cannot be seen in a label's name and text, and names that are too long."""
    name = path[-1]
    if isinstance(name, str) and len(name) > characters.LONGEST_NAME:
        message = f"A label's name has at most {characters.LONGEST_NAME} characters."
        yield Problem("length", message, path[:-1], limit=characters.LONGEST_NAME, actual=len(name))
    if isinstance(name, str) and not characters.is_name(name):
        yield Problem("characters", "A label's name holds characters that cannot be seen.", path)
    if isinstance(value, str) and not characters.is_text(value):
        message = f"{say_place(path)} holds characters that cannot be seen."
        if not all(characters.is_name(str(step)) for step in path):
            message = "A label holds characters that cannot be seen."
        yield Problem("characters", message, path)


def _is_name(name: str | int) -> bool:
    """Say whether every store can hold a member of this name; items of a list have numbers."""
    if isinstance(name, int):
        return True
    return bool(name) and not name.startswith("$") and "." not in name


def read_text(text: str, kind: str) -> Any:
    """Read text as a declared type (str, int, float, number, bool, list, dict), else leave it."""
    return READ.get(kind, str)(text)


def _int(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_INTEGER and INTEGER.fullmatch(text) else text


def _float(text: str) -> float | str:
    if NUMBER.fullmatch(text) and -inf < (number := float(text)) < inf:
        return number
    return text


def _number(text: str) -> float | str:
    whole = _int(text)
    if isinstance(whole, int) and SMALLEST_INTEGER <= whole <= LARGEST_INTEGER:
        return whole
    return _float(text)


def _bool(text: str) -> bool | str:
    return BOOLEANS.get(text, text)


def _list(text: str) -> list[Any]:
    value = _value(text)
    return value if isinstance(value, list) else [text]


def _dict(text: str) -> dict[str, Any] | str:
    value = _value(text)
    return value if isinstance(value, dict) else text


def _value(text: str) -> Any:
    try:
        return strictjson.loads(text)
    except strictjson.NotJson:
        return text


def guess(text: str) -> Any:
    """Read undeclared text as collections made since 2020 have it: finite numbers, true, false.

    A whole number that would lose digits stays text.
    """
    number = _number(text)
    if isinstance(number, float) and INTEGER.fullmatch(text):
        return text
    return BOOLEANS.get(text, text) if isinstance(number, str) else number


READ: Mapping[str, Callable[[str], Any]] = {
    "int": _int, "float": _float, "number": _number, "bool": _bool, "list": _list, "dict": _dict,
}  # fmt: skip
"""How text is read by the type that is declared for it; by no other is it changed."""
GUESSED = {**READ, "": guess}
"""The same on `/put`, where text of which nothing is declared is read, too."""


def _sources(
    submission: Submission,
    tags: Sequence[str],
    declared: Mapping[str, str],
    problems: list[Problem],
) -> Iterator[dict[str, Any]]:
    """Give the labels of each place of the request, as a JSON object of its own."""
    fields = []
    for name, carrier in submission.pieces:
        if name == LABELS:
            yield from _json(carrier, declared, problems)
        elif name not in tags and carrier.kind == "field":
            fields.append((name, carrier.value))
        elif name not in tags:
            message = f"“{name[:60]}” is not expected here; labels go into “labels”."
            problems.append(Problem("unexpected", message, (name,)))
    for name, _ in submission.query:
        if name in tags:
            message = f"“{name}” goes into the body of the request, not into its address."
            problems.append(Problem("place", message, (LABELS, name)))
    read = GUESSED if submission.legacy else READ
    for pairs in (submission.query, tuple(fields)):
        if pairs:
            yield from _texts(pairs, declared, problems, read)


def _json(
    carrier: Carrier, declared: Mapping[str, str], problems: list[Problem]
) -> Iterator[dict[str, Any]]:
    value = carrier.value
    if carrier.kind != "member":
        try:
            value = strictjson.loads(value)
        except strictjson.NotJson as error:
            problems.append(Problem("json", f"“labels”: {error}.", (LABELS,)))
            return
    if not isinstance(value, dict):
        problems.append(Problem("json", "“labels” must be a JSON object.", (LABELS,)))
        return
    yield _settled(value, declared, "")


def _texts(
    pairs: Sequence[tuple[str, str]],
    declared: Mapping[str, str],
    problems: list[Problem],
    read: Mapping[str, Callable[[str], Any]],
) -> Iterator[dict[str, Any]]:
    """Give each text label, nested where its name has dots, as an object of its own."""
    values: dict[str, list[str]] = {}
    for name, text in pairs:
        values.setdefault(name, []).append(text)
    for name, texts in values.items():
        kind = declared.get(name, "")
        path = tuple(name.split("."))
        value: Any
        if len(path) > DEEPEST:
            message = f"“{name[:60]}” is nested too deeply."
            problems.append(Problem("depth", message, (LABELS, path[0]), limit=DEEPEST))
            continue
        if kind == "list" and len(texts) > 1:
            value = texts
        elif len(texts) > 1:
            message = f"“{name[:60]}” is there {len(texts)} times."
            problems.append(Problem("repeated", message, (LABELS, *path), limit=1))
            continue
        else:
            value = read.get(kind, str)(texts[0])
        for member in reversed(path):
            value = {member: value}
        yield value


def _settled(value: Mapping[str, Any], declared: Mapping[str, str], name: str) -> dict[str, Any]:
    """Give numbers in an object of JSON the declared type where nothing of them is lost."""
    dot = f"{name}." if name else ""
    settled: dict[str, Any] = {}
    for key, each in value.items():
        kind = declared.get(dot + key)
        if isinstance(each, dict):
            settled[key] = _settled(each, declared, dot + key)
        elif kind == "int" and isinstance(each, float) and each.is_integer():
            settled[key] = int(each)
        elif kind == "float" and type(each) is int and abs(each) <= LARGEST_INTEGER:
            settled[key] = float(each)
        else:
            settled[key] = each
    return settled


def _merge(
    into: dict[str, Any], more: Mapping[str, Any], path: Path, problems: list[Problem]
) -> None:
    """Add members to an object, those of objects within it too."""
    for name, value in more.items():
        have = into.get(name)
        if name not in into:
            into[name] = value
        elif isinstance(have, dict) and isinstance(value, dict):
            into[name] = merged = dict(have)
            _merge(merged, value, (*path, name), problems)
        elif not strictjson.same(have, value):
            message = f"“{name[:60]}” is there twice, with different values."
            problems.append(Problem("contradiction", message, (*path, name)))


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Give every member and item below a value with its path, containers too."""
    members: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, Mapping):
        members = iter(value.items())
    elif isinstance(value, list):
        members = enumerate(value)
    for name, each in members:
        yield (*path, name), each
        if len(path) <= DEEPEST:
            yield from _walk(each, (*path, name))
