"""Do threads that come together share a step, each once, and each with its own end?"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from librarian.stage import StoreError
from librarian.together import MOST, Together


def test_whoever_is_alone_goes_at_once() -> None:
    done: list[Sequence[int]] = []
    together = Together[int](done.append)
    for number in range(3):
        together.do(number)
    assert done == [[0], [1], [2]]


def test_those_who_come_while_one_is_under_way_go_together_after_it() -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[list[int]] = []

    def step(things: Sequence[int]) -> None:
        begun.set()
        assert go_on.wait(30)
        done.append(sorted(things))

    together = Together(step)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(together.do, 0)
        assert begun.wait(30)
        others = [pool.submit(together.do, number) for number in range(1, 6)]
        while len(together._waiting) < 5:
            assert not first.done()
        go_on.set()
        for each in (first, *others):
            each.result(30)
    assert done == [[0], [1, 2, 3, 4, 5]]


def test_each_thing_of_many_threads_is_done_once_and_before_its_thread_goes_on() -> None:
    done: list[int] = []
    together = Together[int](done.extend)

    def work(number: int) -> None:
        for count in range(100):
            thing = number * 100 + count
            together.do(thing)
            assert thing in done[-2 * 16 * MOST :]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert sorted(done) == list(range(1600))


def test_a_step_that_fails_fails_for_all_of_it_and_the_next_goes_on() -> None:
    fails = [True]

    def step(things: Sequence[int]) -> None:
        if fails.pop() if fails else False:
            raise StoreError("the disk is full")

    together = Together(step)
    with pytest.raises(StoreError, match="full"):
        together.do(1)
    together.do(2)
