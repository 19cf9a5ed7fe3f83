"""Is it as fast as it is meant to be? What was set as a goal, beside what was measured."""

from collections.abc import Callable, Sequence

from bench import table
from bench.match import Cell, Run
from bench.series import Result
from bench.wire import Encoding

Three = tuple[float, float, float]
"""For 30 KB, 200 KB and 1 MB."""
LEAST: dict[Encoding, Three] = {
    "form": (2.2, 3.0, 3.0),
    "json": (1.8, 2.5, 2.8),
    "multipart": (1.7, 1.7, 1.7),
    "raw": (1.1, 1.2, 1.2),
}
"""Requests/s against the best peer: what must be reached."""
AIM: dict[Encoding, Three] = {
    "form": (3.0, 4.0, 4.5),
    "json": (2.6, 3.2, 3.8),
    "multipart": (2.5, 2.3, 2.2),
    "raw": (1.5, 1.5, 1.4),
}
OF_NGINX: Three = (0.15, 0.35, 0.8)
"""The aim for raw bodies, against nginx that does nothing but keep them."""
SLOW = "Flask gthread"
"""The peer whose p99 ours is to be a third of at many clients, and whose memory the most."""
HEADER = (
    *("sent", "clients", "service", "to best peer", "to best synced", "at least", "aim"),
    *("of nginx", "aim of nginx", f"p99 to {SLOW}", f"memory to {SLOW}", "refused", "lost"),
)


def shown(found: Sequence[Result]) -> str:
    """Give a line for each cell and each service that is no peer's."""
    ours = [each for each in found if each.role == "ours"]
    names = dict.fromkeys(each.service for each in ours)
    rows = [_row(cell, name, found) for cell in table.cells(ours) for name in names]
    return table.text(HEADER, rows)


def _row(cell: Cell, name: str, found: Sequence[Result]) -> tuple[str, ...]:
    here = [each for each in found if each.cell == cell]
    ours = [each.run for each in here if each.service == name]
    slow = [each.run for each in here if each.service == SLOW]
    which = (30_000, 200_000, 1_000_000).index(cell.size.bytes)
    raw = cell.encoding == "raw"
    return (
        f"{cell.encoding} {cell.size.name}",
        str(cell.clients),
        name,
        table.spread(table.ratios(here, name, "peer", synced=False)),
        table.spread(table.ratios(here, name, "peer", synced=True)),
        f"{LEAST[cell.encoding][which]}",
        f"{AIM[cell.encoding][which]}",
        table.spread(table.ratios(here, name, "floor", synced=False)),
        f"{OF_NGINX[which]}" if raw else table.NONE,
        _part(ours, slow, lambda run: run.p99),
        _part(ours, slow, lambda run: run.memory),
        str(sum(run.refused for run in ours)),
        str(sum(run.lost for run in ours)),
    )


def _part(ours: Sequence[Run], theirs: Sequence[Run], figure: Callable[[Run], float]) -> str:
    """Write a figure of ours as a part of theirs, if they have one."""
    whole = table.over(theirs, figure) if theirs else 0
    return f"{table.over(ours, figure) / whole:.2f}" if whole else table.NONE
