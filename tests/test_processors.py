"""Has each process a processor of its own, also after others were replaced?"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context

import pytest

from librarian import processors
from librarian.processors import Processors

FORK = get_context("fork")
USABLE = processors.usable()
needs_two = pytest.mark.skipif(len(USABLE) < 2, reason="this needs two processors")


@contextmanager
def settled(shared: Processors) -> Iterator[tuple[int, set[int]]]:
    """Have a process take its place; give that, and where the system lets the process run."""
    ours, theirs = FORK.Pipe()

    def work() -> None:
        theirs.send((shared.settle(), os.sched_getaffinity(0)))
        theirs.recv()

    process = FORK.Process(target=work)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.kill()
        process.join()


@needs_two
def test_processes_get_one_each_in_turn_and_are_kept_there() -> None:
    shared = Processors(USABLE[:2])
    with settled(shared) as one, settled(shared) as two, settled(shared) as three:
        assert [one[0], two[0], three[0]] == [USABLE[0], USABLE[1], USABLE[0]]
        assert [one[1], two[1]] == [{USABLE[0]}, {USABLE[1]}]
    assert os.sched_getaffinity(0) == set(USABLE)


@needs_two
def test_the_place_of_a_killed_process_is_given_again() -> None:
    shared = Processors(USABLE[:2])
    with settled(shared) as one:
        assert one[0] == USABLE[0]
        with settled(shared) as two:
            assert two[0] == USABLE[1]
        with settled(shared) as again:
            assert again[0] == USABLE[1]


@pytest.mark.parametrize(
    ("usable", "processes", "shared"),
    [((0, 1), 2, True), ((0, 1), 3, True), ((0, 1, 2), 2, False), ((0,), 2, False), ((), 2, False)],
)
def test_they_are_shared_out_where_there_is_one_for_each(
    usable: tuple[int, ...],
    processes: int,
    shared: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processors, "usable", lambda: usable)
    assert (processors.to_share(processes) is not None) == shared
