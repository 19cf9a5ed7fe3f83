"""How are the results shown? One line for each service in each cell, over all passes."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from bench.match import Cell, Run
from bench.series import Result
from bench.wire import ENCODINGS

HEADER = (
    *("sent", "clients", "service", "requests/s", "to best peer", "to best synced", "to nginx"),
    *("p50 ms", "p99 ms", "CPU s/1000", "MB", "refused", "lost"),
)
NONE = "-"


def shown(found: Sequence[Result]) -> str:
    """Give the whole table."""
    rows = []
    for cell in cells(found):
        here = [each for each in found if each.cell == cell]
        names = dict.fromkeys(each.service for each in here)
        speed = {name: over(_runs(here, name), lambda run: run.rate) for name in names}
        for name in sorted(names, key=lambda each: -speed[each]):
            rows.append(_row(cell, here, name))
    return text(HEADER, rows)


def cells(found: Iterable[Result]) -> list[Cell]:
    """Give what was sent, in order."""
    seen = {each.cell for each in found}
    return sorted(seen, key=lambda c: (ENCODINGS.index(c.encoding), c.size.bytes, c.clients))


def over(runs: Iterable[Run], figure: Callable[[Run], float]) -> float:
    """Give the median of a figure over the passes."""
    return median(map(figure, runs))


def ratios(here: Sequence[Result], name: str, role: str, *, synced: bool) -> list[float]:
    """Compare a service's requests/s with the best of others, within each pass."""
    found = []
    for own in (each for each in here if each.service == name):
        best = max((each.run.rate for each in here if _is(each, own.turn, role, synced)), default=0)
        if best:
            found.append(own.run.rate / best)
    return found


def spread(values: Sequence[float]) -> str:
    """Write the median, and the least and the most around it."""
    if not values:
        return NONE
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns, as Markdown has them."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def sending(found: Iterable[Result]) -> str:
    """Say how much of the machine the sending itself took."""
    parts = [each.run.load for each in found]
    return (
        f"The sending took {median(parts):.0%} of the processors' time, {max(parts):.0%} at most."
    )


def _row(cell: Cell, here: Sequence[Result], name: str) -> tuple[str, ...]:
    runs = _runs(here, name)
    return (
        f"{cell.encoding} {cell.size.name}",
        str(cell.clients),
        name,
        f"{over(runs, lambda run: run.rate):.0f}",
        spread(ratios(here, name, "peer", synced=False)),
        spread(ratios(here, name, "peer", synced=True)),
        spread(ratios(here, name, "floor", synced=False)),
        f"{over(runs, lambda run: run.p50) * 1e3:.1f}",
        f"{over(runs, lambda run: run.p99) * 1e3:.1f}",
        f"{over(runs, lambda run: run.cpu) * 1e3:.2f}",
        f"{max(run.memory for run in runs) / 1e6:.0f}",
        str(sum(run.refused for run in runs)),
        str(sum(run.lost for run in runs)),
    )


def _is(each: Result, turn: int, role: str, synced: bool) -> bool:  # noqa: FBT001 - three facts
    return (each.turn, each.role, each.synced) == (turn, role, synced)


def _runs(here: Iterable[Result], name: str) -> list[Run]:
    return [each.run for each in here if each.service == name]
