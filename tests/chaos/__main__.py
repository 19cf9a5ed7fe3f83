"""Does it hold? Every scenario for long: `python -m tests.chaos [--records N] [--only NAME]`."""

import argparse
import sys
import time

from tests.chaos.invariants import Result
from tests.chaos.scenarios import SCENARIOS

COLUMNS = ("sent", "acknowledged", "refused", "unknown", "lost", "doubled", "orphaned")
SHOWN = 8
"""Faults of one scenario that are told in words."""


def main() -> int:
    """Run the scenarios, one after the other; say 1 where anything is wrong."""
    asked = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    asked.add_argument(
        "--records", type=int, default=105_000, help="acknowledged records, all scenarios together"
    )
    asked.add_argument("--only", default="", help="run the scenarios whose names hold this")
    options = asked.parse_args()
    chosen = [each for each in SCENARIOS if options.only in each.name]
    if not chosen:
        asked.error(f"no scenario is called so; there are: {', '.join(s.name for s in SCENARIOS)}")
    shares = sum(each.share for each in chosen)
    rows: list[tuple[str, Result, float]] = []
    for number, scenario in enumerate(chosen, 1):
        size = max(20, round(options.records * scenario.share / shares))
        say(f"[{number}/{len(chosen)}] {scenario.name}: {size} records ...")
        began = time.monotonic()
        result = scenario.run(size)
        seconds = time.monotonic() - began
        rows.append((scenario.name, result, seconds))
        rate = result.acknowledged / seconds
        say(f"      {result.acknowledged} acknowledged in {seconds:.0f} s, {rate:.0f} a second")
        for fault in result.faults[:SHOWN]:
            say(f"      {fault}")
    say(table(rows))
    return int(any(result.faults for _, result, _ in rows))


def table(rows: list[tuple[str, Result, float]]) -> str:
    """Give all results in columns, with their sums."""
    lines: list[tuple[str, ...]] = [
        ("scenario", *COLUMNS, "kept", "misjudged", "adrift", "seconds")
    ]
    counted = [(name, counts(result), seconds) for name, result, seconds in rows]
    sums = [sum(column) for column in zip(*(each for _, each, _ in counted), strict=True)]
    counted.append(("together", sums, sum(seconds for _, _, seconds in counted)))
    lines += [(name, *map(str, each), f"{seconds:.0f}") for name, each, seconds in counted]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    )


def counts(result: Result) -> list[int]:
    """Give the figures of one row."""
    found = [getattr(result, name) for name in (*COLUMNS, "kept", "misjudged", "adrift")]
    return [each if isinstance(each, int) else len(each) for each in found]


def say(line: str) -> None:
    """Show something at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
