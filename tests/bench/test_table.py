"""Are services compared as docs/performance.md says: within a pass, with the best of the peers?"""

import sys
from pathlib import Path

from bench import goals, group, series, table
from bench.match import Cell, Run
from bench.pictures import SIZES
from bench.series import Result
from tests.process import Process, running

CELL = Cell("raw", SIZES[0], 8)


def result(turn: int, service: str, role: str, rate: float, *, synced: bool = False) -> Result:
    run = Run(rate, 0.001, 0.002, 0.0005, 10**7, refused=1, lost=0, load=0.1)
    return Result(turn, CELL, service, role, synced, run)


FOUND = [
    result(0, "librarian", "ours", 300, synced=True),
    result(0, "Flask gthread", "peer", 100),
    result(0, "FastAPI", "peer", 150),
    result(0, "FastAPI, synced", "peer", 60, synced=True),
    result(0, "nginx DAV", "floor", 600),
    result(1, "librarian", "ours", 400, synced=True),
    result(1, "Flask gthread", "peer", 200),
    result(1, "FastAPI", "peer", 100),
    result(1, "FastAPI, synced", "peer", 80, synced=True),
    result(1, "nginx DAV", "floor", 500),
]


def test_a_service_is_compared_with_the_best_peer_of_the_same_pass() -> None:
    assert table.ratios(FOUND, "librarian", "peer", synced=False) == [2.0, 2.0]
    assert table.ratios(FOUND, "librarian", "peer", synced=True) == [5.0, 5.0]
    assert table.ratios(FOUND, "librarian", "floor", synced=False) == [0.5, 0.8]
    assert table.ratios(FOUND, "Flask gthread", "peer", synced=False) == [100 / 150, 1.0]


def test_the_tables_hold_a_line_for_each_service_and_each_cell() -> None:
    lines = table.shown(FOUND).splitlines()
    assert len(lines) == 2 + 5
    (ours,) = [line for line in lines if "librarian" in line]
    cells = [each.strip() for each in ours.strip("|").split("|")]
    assert cells[:5] == ["raw 30 KB", "8", "librarian", "350", "2.00 (2.00-2.00)"]
    assert cells[6:] == ["0.65 (0.50-0.80)", "1.0", "2.0", "0.50", "10", "2", "0"]
    assert len(goals.shown(FOUND).splitlines()) == 2 + 1


def test_results_that_were_written_down_are_read_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "results" / "runs.jsonl"
    assert list(series.saved(FOUND, file)) == FOUND
    assert list(series.read(file)) == FOUND


BUSY = """
import itertools, pathlib, time
held = bytearray(40_000_000)
sum(itertools.repeat(1, 20_000_000))
pathlib.Path("done").touch()
time.sleep(60)
"""


def test_a_server_is_measured_with_all_that_it_started(tmp_path: Path) -> None:
    started = ("sh", "-c", '"$0" -c "$1" & wait', sys.executable, BUSY)
    command = ("env", f"--chdir={tmp_path}", *started)
    made = Process("busy", command, (tmp_path / "done").exists, tmp_path / "log")
    with running(made) as process:
        leader = process.pid
        assert len(list(group.members(leader))) == 2
        assert group.cpu(leader) > 0.02
        assert group.memory(leader) > 40_000_000
