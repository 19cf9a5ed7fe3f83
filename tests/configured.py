"""How does a test get a component as an owner would: bound from an entry of the configuration?"""

import io
from typing import Any

from PIL import Image

from librarian.component import Family
from librarian.cross import CROSS
from librarian.problem import ConfigProblem, Path
from librarian.record import LABELS, Blob, Document, Part, Record
from librarian.settings.binding import bind_chain
from librarian.validators import VALIDATORS

Fault = tuple[str, Path]


def _bound(
    family: Family, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, list[ConfigProblem]]:
    problems: list[ConfigProblem] = []
    entry = {family.word: name, "args": list(args), "kwargs": kwargs}
    steps = bind_chain(family, [entry], "CHAIN", options=(), problems=problems)
    return (steps[0].component if steps else None), problems


def validator(name: str, *args: Any, **kwargs: Any) -> Any:
    made, problems = _bound(VALIDATORS, name, args, kwargs)
    assert not problems
    return made


def cross(name: str, *args: Any, **kwargs: Any) -> Any:
    made, problems = _bound(CROSS, name, args, kwargs)
    assert not problems
    return made


def refusals(family: Family, name: str, *args: Any, **kwargs: Any) -> dict[str, str]:
    """Give what is said of a wrong entry, by the path within it."""
    made, problems = _bound(family, name, args, kwargs)
    assert made is None
    return {problem.path.removeprefix("CHAIN[0]."): problem.message for problem in problems}


def faults(step: Any, value: Any) -> list[Fault]:
    """Give rule and path of everything that a validator says of labels."""
    return [(p.rule, p.path) for p in step.check(Document(LABELS, value))]


def messages(step: Any, value: Any) -> list[str]:
    return [p.message for p in step.check(Document(LABELS, value))]


def record(labels: dict[str, Any], *data: Part) -> Record:
    return Record("0" * 24, Document(LABELS, labels), data, "fingerprint")


def contradictions(step: Any, labels: dict[str, Any], *data: Part) -> list[Fault]:
    """Give rule and path of everything that a cross validator says of a record."""
    return [(p.rule, p.path) for p in step.check(record(labels, *data))]


def picture(width: int, height: int, *, tag: str = "image", orientation: int = 1) -> Blob:
    """Draw a JPEG of this stored size, turned by its EXIF orientation."""
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (width, height), "teal").save(file, "JPEG", exif=exif)
    return Blob(tag, file.getvalue(), "photo.jpg")
