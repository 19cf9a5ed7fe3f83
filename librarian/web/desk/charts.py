"""Which charts are there? Each a title, a drawing and the rows of the table beside it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from librarian.figures.refusals import Refusal
from librarian.figures.tally import CELLS, RATIO_WORDS, Tally
from librarian.units import say_bytes
from librarian.web.desk import svg

ROWS = 12
"""Values of a label that are drawn; the table has more."""
TABLE = 60


@dataclass(frozen=True)
class Chart:
    """One chart, as it is shown."""

    title: str
    drawing: Markup
    head: str
    """What the first column of the table is called."""
    rows: tuple[tuple[str, int], ...]
    note: str = ""
    whole: bool = False
    """Whether it takes the whole width."""


def charts(tally: Tally) -> Iterator[Chart]:
    """Yield what is drawn of the records."""
    drawing, bars, word = svg.over_time(sorted(tally.days.items()))
    if bars:
        yield Chart(f"Contributions per {word}", drawing, word, tuple(bars), whole=True)
    for name, values in tally.labels.items():
        span = f"from {values.least:g} to {values.most:g}" if values.numbers else ""
        if values.many:
            note = f"In {values.records:,} records, with too many values to tell apart. {span}"
            yield Chart(name, Markup(""), "", (), note)
            continue
        told = values.values.most_common(TABLE)
        more = len(values.values) - min(ROWS, len(told))
        note = f"{more} rarer values are not drawn." if more else ""
        yield Chart(name, svg.lying(told[:ROWS]), "value", tuple(told), note)
    if tally.boxed:
        cells = tally.cells()
        note = f"{tally.boxed:,} boxes laid over each other, each picture stretched to a square."
        yield Chart("Where the boxes are", svg.heat(cells), "part", _ninths(cells), note)
    for title, classes in (("Ratio of boxes", tally.boxes), ("Ratio of pictures", tally.pictures)):
        if classes:
            rows = tuple((word, classes.get(at, 0)) for at, word in enumerate(RATIO_WORDS))
            yield Chart(f"{title}, width : height", svg.lying(rows), "ratio", rows)
    if tally.bytes:
        rows = _powers(tally.bytes, say_bytes)
        yield Chart("Size of files", svg.lying(rows), "size", rows)
    if tally.edges:
        rows = _powers(tally.edges, lambda size: f"{size:,} pixels")
        yield Chart("Longer side of pictures", svg.lying(rows), "longer side", rows)


def refusals(found: list[tuple[Refusal, int]], titles: Mapping[str, str]) -> Iterator[Chart]:
    """Yield what is drawn of what was turned away."""
    if not found:
        return
    days: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    for each, count in found:
        days[each.hour[:10]] += count
        rules[f"{titles.get(each.stage, each.stage)}: {each.rule}"] += count
    drawing, bars, word = svg.over_time(sorted(days.items()))
    yield Chart(f"Faults per {word}", drawing, word, tuple(bars), whole=True)
    told = rules.most_common(TABLE)
    yield Chart("Refused, by reason", svg.lying(told[:ROWS]), "reason", tuple(told))


def _powers(classes: Counter[int], said: Callable[[int], str]) -> tuple[tuple[str, int], ...]:
    least, most = min(classes), max(classes)
    return tuple((f"up to {said(2**at)}", classes.get(at, 0)) for at in range(least, most + 1))


def _ninths(cells: list[list[int]]) -> tuple[tuple[str, int], ...]:
    """Tell a map in words: for each ninth of the picture, how many boxes cover a cell of it."""
    third = CELLS / 3
    rows = []
    for down, vertical in enumerate(("top", "middle", "bottom")):
        for across, horizontal in enumerate(("left", "centre", "right")):
            part = [
                cells[y][x]
                for y in range(round(down * third), round((down + 1) * third))
                for x in range(round(across * third), round((across + 1) * third))
            ]
            rows.append((f"{vertical} {horizontal}", round(sum(part) / len(part))))
    return tuple(rows)
