"""Do two entries keep things in one place, under one name? Then the later would lose its own."""

from collections.abc import Iterable, Iterator, Sequence

from librarian import media
from librarian.chain import Step
from librarian.component import Undoes
from librarian.problem import ConfigProblem
from librarian.reading import Intake
from librarian.record import JSON, Document
from librarian.uid import LENGTH

UID = "0" * LENGTH
ENDINGS = frozenset(kind.extension for kind in media.KNOWN.values())
Name = tuple[tuple[str, ...], str]
"""A place, and what something is called there."""


def shared(
    intakes: Sequence[Intake], *, label_act: Sequence[Step], data_act: Sequence[Step]
) -> Iterator[ConfigProblem]:
    """Yield each entry that would keep something where an earlier one has kept it already."""
    taken: dict[Name, str] = {}
    found = [(step, set(_data(step, intakes))) for step in data_act]
    found += [(step, set(_named(step, UID, [JSON.extension]))) for step in label_act]
    for step, names in found:
        others = sorted({taken[name] for name in names if name in taken})
        if others:
            message = (
                f"keeps things where {' and '.join(others)} keeps them, under the same names;"
                " give each a place of its own"
            )
            yield ConfigProblem(step.path, message)
        taken |= dict.fromkeys(names - taken.keys(), step.path)


def _data(step: Step, intakes: Sequence[Intake]) -> Iterator[Name]:
    """Yield what the data of one record may be called; of several inputs each has its tag."""
    for intake in intakes:
        if step.input in ("", intake.tag):
            key = f"{UID}-{intake.tag}" if len(intakes) > 1 else UID
            for kind in {kind for way in intake.ways for kind in way.takes}:
                yield from _named(step, key, [JSON.extension] if kind is Document else ENDINGS)


def _named(step: Step, key: str, endings: Iterable[str]) -> Iterator[Name]:
    place = step.component.kept_in
    if place and isinstance(step.component, Undoes):
        for ending in endings:
            yield place, step.component.name_of(key, ending)
