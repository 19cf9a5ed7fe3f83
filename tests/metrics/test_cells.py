"""Do processes count together, and does what one counted outlive it?"""

import gc
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

from librarian.metrics.cells import Cells

FORK = get_context("fork")


def in_a_process(work: Callable[[], object]) -> None:
    process = FORK.Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == 0


def test_what_many_threads_of_many_processes_count_is_all_there() -> None:
    cells = Cells(2, rows=6)

    def work() -> None:
        def count() -> None:
            for _ in range(2000):
                cells.add((0, 1.0), (1, 0.5))

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    processes = [FORK.Process(target=work) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert cells.sums()[:2] == [32_000.0, 16_000.0]


def test_a_killed_process_leaves_its_counts_but_nothing_under_way() -> None:
    cells = Cells(2, rows=3, passing=[1])

    def die() -> None:
        cells.add((0, 5.0), (1, 1.0))
        os.kill(os.getpid(), signal.SIGKILL)

    process = FORK.Process(target=die)
    process.start()
    process.join()
    assert cells.sums()[:2] == [5.0, 0.0]
    assert cells.living == 0
    in_a_process(lambda: cells.add((0, 1.0), (1, 0.0)))
    assert cells.sums()[:2] == [6.0, 0.0]
    cells.add((1, 1.0))
    assert (cells.sums()[1], cells.living) == (1.0, 1)


def test_a_successor_takes_the_row_of_the_dead_so_that_rows_suffice() -> None:
    cells = Cells(1, rows=2)
    for _ in range(7):
        in_a_process(lambda: cells.add((0, 1.0)))
    assert cells.sums()[0] == 7.0


def test_one_process_too_many_counts_for_itself_and_disturbs_nobody() -> None:
    cells = Cells(1, rows=1)
    cells.add((0, 1.0))
    in_a_process(lambda: cells.add((0, 1.0)))
    assert cells.sums()[0] == 1.0


def test_looking_takes_no_lock_away() -> None:
    cells = Cells(1, rows=4)
    cells.add((0, 1.0))
    assert (cells.living, cells.living) == (1, 1)
    seen = FORK.Queue()
    in_a_process(lambda: seen.put((cells.living, cells.sums()[0])))
    assert seen.get() == (1, 1.0)


def test_cells_that_are_gone_leave_no_open_file() -> None:
    def files() -> set[str]:
        found = set()
        for each in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                found.add(f"{each.name} {each.readlink()}")
        return found

    before = files()
    made = [Cells(1, rows=1) for _ in range(5)]
    assert len(files() - before) == 5
    made.clear()
    gc.collect()
    assert not {each for each in files() - before if "(deleted)" in each}
