"""In which order do the runs go? Passes over all cells, in each all services in turn, shuffled.

What one run does to the machine (heat, a disk that is still writing) meets another service in each
pass, and services are compared within a pass only, where they ran within the same minute.
"""

import json
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import match
from bench.contenders import Contender
from bench.match import Cell, Pressure, Run
from bench.pictures import SIZES


@dataclass(frozen=True)
class Result:
    """One run, and what it was a run of."""

    turn: int
    """The number of the pass."""
    cell: Cell
    service: str
    role: str
    synced: bool
    run: Run


@dataclass(frozen=True)
class Length:
    """How long it goes on."""

    passes: int
    pressure: Pressure
    """The load of each run."""
    minutes: float = float("inf")
    """No pass is begun that would end later, but for the first."""


def results(
    services: Sequence[Contender],
    cells: Sequence[Cell],
    length: Length,
    folder: Path,
    load: Executor,
) -> Iterator[Result]:
    """Do all runs, and give each as soon as it is done."""
    began = time.monotonic()
    for turn in range(length.passes):
        gone = time.monotonic() - began
        if turn and gone * (turn + 1) / turn > length.minutes * 60:
            return
        for cell in random.sample(cells, len(cells)):
            able = [each for each in services if cell.encoding in each.encodings]
            for each in random.sample(able, len(able)):
                own = (
                    folder / f"{turn}-{cell.encoding}-{cell.size.bytes}-{cell.clients}-{each.slug}"
                )
                run = match.run(each, cell, length.pressure, own, load)
                yield Result(turn, cell, each.name, each.role, each.synced, run)
                say(".", end="")
        say(f" pass {turn + 1}")


def say(text: str, end: str = "\n") -> None:
    """Show something at once, beside what is printed as the outcome."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


def saved(found: Iterable[Result], file: Path) -> Iterator[Result]:
    """Write results down as they come, a line of JSON each, so that no interruption costs them."""
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        for each in found:
            told = asdict(each) | {
                "cell": [each.cell.encoding, each.cell.size.name, each.cell.clients]
            }
            lines.write(json.dumps(told) + "\n")
            lines.flush()
            yield each


def read(file: Path) -> Iterator[Result]:
    """Give the results that were written down."""
    sizes = {size.name: size for size in SIZES}
    for line in file.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        encoding, size, clients = told.pop("cell")
        run = Run(**told.pop("run"))
        yield Result(cell=Cell(encoding, sizes[size], clients), run=run, **told)
