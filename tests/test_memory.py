"""Is memory for work given only as far as there is some, over threads and processes?"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from librarian import memory
from librarian.memory import MIB, Budget, Busy, TooMuch

FORK = get_context("fork")


def shared(total: int) -> Budget:
    budget = Budget(total)
    budget.share(total, workers=1)
    return budget


def test_what_fits_is_let_in_and_the_rest_waits() -> None:
    budget = shared(10)
    entered, may_go = threading.Semaphore(0), threading.Event()
    inside: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def work(size: int) -> None:
        with budget.hold(size):
            with lock:
                inside.append(size)
                most.append(sum(inside))
            entered.release()
            assert may_go.wait(30)
            with lock:
                inside.remove(size)

    threads = [threading.Thread(target=work, args=(4,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=30)
    assert entered.acquire(timeout=30)
    assert not entered.acquire(timeout=0.1)
    may_go.set()
    for thread in threads:
        thread.join(30)
    assert len(most) == 6
    assert max(most) == 8


def test_what_can_never_fit_is_refused_or_done_alone() -> None:
    budget = shared(10)
    with pytest.raises(TooMuch), budget.hold(11):
        pass
    order: list[str] = []
    waiting = threading.Event()

    def large() -> None:
        waiting.set()
        with budget.hold(1_000, alone=True):
            order.append("large")

    thread = threading.Thread(target=large)
    with budget.hold(1):
        thread.start()
        assert waiting.wait(30)
        order.append("small")
    thread.join(30)
    assert order == ["small", "large"]


def test_who_does_not_want_to_wait_is_told_at_once_whether_there_is_room() -> None:
    budget = shared(10)
    with budget.hold_at_once(6) as first:
        with budget.hold_at_once(6) as second, budget.hold_at_once(4) as third:
            assert (first, second, third) == (True, False, True)
            assert budget._held() == 10
        assert budget._held() == 6
    with budget.hold_at_once(11) as never:
        assert not never
    assert budget._held() == 0


def test_small_ones_do_not_overtake_a_large_one_that_waits() -> None:
    budget = shared(10)
    order: list[str] = []
    at_the_door = threading.Event()

    def work(name: str, size: int) -> None:
        at_the_door.set()
        with budget.hold(size):
            order.append(name)

    with budget.hold(4):
        large = threading.Thread(target=work, args=("large", 10))
        large.start()
        assert at_the_door.wait(30)
        while budget._door.acquire(blocking=False):
            budget._door.release()
        small = threading.Thread(target=work, args=("small", 1))
        small.start()
    large.join(30)
    small.join(30)
    assert order == ["large", "small"]


def test_whoever_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "PATIENCE", 0.05)
    budget = shared(10)
    with budget.hold(8), pytest.raises(Busy), budget.hold(8):
        pass
    with budget.hold(10):
        pass


def test_a_failing_block_gives_its_memory_back() -> None:
    budget = shared(10)
    with pytest.raises(KeyError), budget.hold(10):
        raise KeyError
    assert budget._held() == 0


@contextmanager
def another_process(budget: Budget, size: int, *, waits: bool = False) -> Iterator[int]:
    """Let another process hold memory, or wait for it, until the block ends; it is killed then."""
    holds, end = FORK.Event(), FORK.Event()
    process = FORK.Process(target=_hold, args=(budget, size, holds, end))
    process.start()
    try:
        assert waits or holds.wait(30)
        assert process.pid is not None
        yield process.pid
    finally:
        process.kill()
        process.join(30)


def _hold(budget: Budget, size: int, holds: Event, end: Event) -> None:
    with budget.hold(size):
        holds.set()
        end.wait(60)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_processes_share_one_budget_and_what_a_killed_one_held_is_free_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    budget = shared(10)
    with another_process(budget, 6):
        assert budget._held() == 6
        monkeypatch.setattr(memory, "PATIENCE", 0.05)
        with pytest.raises(Busy), budget.hold(6):
            pass
        with budget.hold(4):
            pass
        monkeypatch.undo()
    started = time.monotonic()
    with budget.hold(10):
        assert time.monotonic() - started < memory.PATIENCE


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_process_killed_while_it_waited_keeps_nobody_waiting() -> None:
    budget = shared(10)
    with budget.hold(8):
        with another_process(budget, 6, waits=True):
            while not any(budget._waits):
                time.sleep(0.01)
        with budget.hold(1):
            assert not any(budget._waits)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_dyno_of_512_mib_is_never_filled(workers: int) -> None:
    memory.share_out(512 * MIB, workers)
    try:
        work = memory.BODIES.total + memory.PICTURES.total
        assert work + memory.STANDING + workers * memory.EACH <= 400_000_000
        assert memory.PICTURES.total >= 12_000_000 * 11.5  # a phone's picture, as AVIF or HEIC
    finally:
        memory.share_out(memory.of_this_machine(), 2)


def test_the_limit_of_a_container_is_the_memory_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit, unlimited = tmp_path / "memory.max", tmp_path / "unlimited"
    unlimited.write_text("max\n")
    monkeypatch.setattr(memory, "LIMITS", (tmp_path / "none", unlimited))
    assert memory.of_this_machine() == machine
    limit.write_text(f"{512 * MIB}\n")
    monkeypatch.setattr(memory, "LIMITS", (limit, unlimited))
    assert memory.of_this_machine() == 512 * MIB
