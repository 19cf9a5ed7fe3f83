"""Which tables are asked for? `python -m bench [TABLE ...] [--quick]`, on standard output."""

import argparse
import multiprocessing
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from bench import ceiling, cloud, goals, growth, micro, series, startup, table
from bench.contenders import Contender, contenders, floors
from bench.match import Cell, Pressure
from bench.pictures import SIZES
from bench.series import Length, say
from bench.wire import ENCODINGS

EACH_TIME = ("peers", "cloud", "growth", "startup", "micro")
TABLES = (*EACH_TIME, "floor")
"""The last is that of the peers with two lines more."""
HERE = Path(__file__).parent
CLIENTS = (8, 64)


def main() -> int:
    """Measure what is asked for, and print it."""
    options = _options()
    if options.show:
        _print_services(list(series.read(options.show)))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every server is ended
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    # the sending is a process of its own, which is started, not forked
    spawning = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(1, mp_context=spawning) as load:
            for each in options.tables or (["peers"] if options.quick else EACH_TIME):
                print(f"\n## {each}\n", flush=True)
                _measure(each, options, folder / each, load)
    finally:
        say("removing what was stored ...")
        shutil.rmtree(folder)
    return 0


def _options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    named = f"any of {', '.join(TABLES)}; all but the last by default"
    asked.add_argument("tables", nargs="*", metavar="TABLE", help=named)
    asked.add_argument("--quick", action="store_true", help="peers only, one size, two minutes")
    asked.add_argument("--passes", type=int, default=3, help="passes over all cells")
    asked.add_argument("--seconds", type=float, default=3.0, help="seconds of load in each run")
    asked.add_argument("--only", default="", help="only encodings, stores, steps with this")
    asked.add_argument(
        "--services", default="", help="peers, floor: only these, with commas between"
    )
    asked.add_argument("--size", default="", help="only this size: 30 KB, 200 KB or 1 MB")
    asked.add_argument("--clients", type=int, default=0, help="only so many clients")
    asked.add_argument("--largest", type=int, default=10**6, help="growth: the most records")
    asked.add_argument("--folder", type=Path, default=HERE / "run", help="whose disk is measured")
    asked.add_argument("--show", type=Path, help="print the table of peers of a results file")
    options = asked.parse_args()
    if unknown := set(options.tables) - set(TABLES):
        asked.error(f"there is no table {', '.join(sorted(unknown))}; {named}")
    return options


def _measure(which: str, options: argparse.Namespace, folder: Path, load: Executor) -> None:
    length = Length(options.passes, Pressure(options.seconds))
    if which in ("peers", "floor"):
        services = contenders() if which == "peers" else chain(floors(), contenders())
        _services(list(services), options, length, folder, load)
    elif which == "cloud":
        print(cloud.measured(options.passes, options.seconds, folder, load))
    elif which == "growth":
        rounds = growth.Length(4 * options.passes, options.seconds / 3, options.largest)
        print(growth.measured(rounds, options.only, folder, load))
    elif which == "startup":
        print(startup.measured(3 * options.passes, folder))
    else:
        print(micro.measured(options.seconds, options.only, folder))


def _services(
    all_: Sequence[Contender],
    options: argparse.Namespace,
    length: Length,
    folder: Path,
    load: Executor,
) -> None:
    named = options.services.lower().split(",")
    services = [each for each in all_ if any(n in each.name.lower() for n in named)]
    cells = _cells(options)
    if options.quick:
        services = [each for each in services if each.role != "peer" or not each.synced]
        length = Length(100, Pressure(min(options.seconds, 1.0)), minutes=1.8)
    print(ceiling.measured(folder, min(options.seconds, 2.0), load), flush=True)
    say(f"{_runs(services, cells)} runs a pass")
    kept = HERE / "results" / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.jsonl"
    found = series.saved(series.results(services, cells, length, folder, load), kept)
    _print_services(list(found))
    say(f"each run is written down in {kept}")


def _print_services(found: list[series.Result]) -> None:
    print(f"\n{table.shown(found)}\n\n{goals.shown(found)}\n\n{table.sending(found)}")


def _cells(options: argparse.Namespace) -> list[Cell]:
    size = options.size or ("200 KB" if options.quick else "")
    clients = options.clients or (64 if options.quick else 0)
    return [
        Cell(encoding, each, many)
        for encoding in ENCODINGS
        for each in SIZES
        for many in ([clients] if clients else CLIENTS)
        if options.only in encoding and size in ("", each.name)
    ]


def _runs(services: Sequence[Contender], cells: Sequence[Cell]) -> int:
    return sum(cell.encoding in each.encodings for each in services for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
