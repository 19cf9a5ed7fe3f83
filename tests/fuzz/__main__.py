"""Does anything break it? As many inputs as are asked for, over all of its ears, and a table.

    python -m tests.fuzz [--inputs 1000000] [--seed 1]

Every part runs in a process of its own, as many at one time as there are processors. What broke
something is written whole into ./run/fuzz, to become a case of the corpus.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

FOUND = Path("run/fuzz")
PARTS = {
    "served": 0.03, "within": 0.10, "within again": 0.08,
    "receive": 0.02, "picture": 0.02, "multipart": 0.03, "configuration": 0.07,
    "base64": 0.13, "query": 0.13, "json": 0.13, "labels": 0.13, "kind": 0.09, "places": 0.02,
    "tables": 0.02,
}  # fmt: skip
"""How much of all each part takes: the cheap ones most, the dear ones first."""
GENERATED = {"served": ("--served",), "within": (), "within again": ()}


@dataclass(frozen=True)
class Told:
    """What one part came to."""

    name: str
    inputs: int
    seconds: float
    failures: int
    said: str = ""


def run(name: str, inputs: int, seed: int) -> Told:
    """Run one part to its end."""
    began = time.monotonic()
    if name in GENERATED:
        done = _python(
            "tests.fuzz.generated", f"--inputs={inputs}", f"--seed={seed}", *GENERATED[name]
        )
        return _generated(name, done, time.monotonic() - began)
    with tempfile.TemporaryDirectory() as folder:
        done = _python(
            "tests.fuzz.guided", name, folder, f"-runs={inputs}", f"-seed={seed}", "-max_len=20480",
            "-timeout=120", "-rss_limit_mb=2048", f"-artifact_prefix={FOUND}/{name}-",
            "-print_final_stats=1", "-verbosity=1",
        )  # fmt: skip
    counted = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    executed = int(counted[1]) if counted else 0
    failed = done.returncode != 0 or executed < inputs
    return Told(
        name, executed, time.monotonic() - began, int(failed), done.stdout if failed else ""
    )


def _python(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    )  # fmt: skip


def _generated(name: str, done: "subprocess.CompletedProcess[str]", seconds: float) -> Told:
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode != 0 or not last.startswith("{"):
        return Told(name, 0, seconds, 1, done.stdout)
    told = json.loads(last)
    said = "\n".join([f"answered {told['statuses']}", *told["failures"]])
    return Told(name, told["inputs"], seconds, told["failed"], said)


def table(parts: list[Told], seconds: float) -> Iterator[str]:
    """Write what came of it."""
    yield "| part | inputs | seconds | failures |"
    yield "|---|---|---|---|"
    for part in parts:
        yield f"| {part.name} | {part.inputs:,} | {part.seconds:.0f} | {part.failures} |"
    inputs, failures = sum(part.inputs for part in parts), sum(part.failures for part in parts)
    yield f"| **all** | **{inputs:,}** | **{seconds:.0f}** | **{failures}** |"


def main() -> int:
    """Run every part, and end with the number of failures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    FOUND.mkdir(parents=True, exist_ok=True)
    began, parts = time.monotonic(), []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        running = [
            pool.submit(run, name, round(told.inputs * share), told.seed + number)
            for number, (name, share) in enumerate(PARTS.items())
        ]
        for each in running:
            part = each.result()
            parts.append(part)
            sys.stdout.write(f"{part.name}: {part.inputs:,} inputs\n{part.said[-4000:]}\n")
            sys.stdout.flush()
    sys.stdout.write("\n".join(table(parts, time.monotonic() - began)) + "\n")
    return min(sum(part.failures for part in parts), 1)


if __name__ == "__main__":
    sys.exit(main())
