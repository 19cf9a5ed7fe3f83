"""Are newcomers left to who has fewer connections, and never for longer than a moment?"""

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context

import pytest

from librarian import newcomers
from librarian.newcomers import MOMENT, Counts, Newcomers
from tests.clock import Clock

FORK = get_context("fork")


@contextmanager
def another(counts: Counts, count: int, *, ends: bool = False) -> Iterator[None]:
    """Have another process tell that it has so many connections, or that it ends then."""
    ours, theirs = FORK.Pipe()

    def work() -> None:
        own = Newcomers(counts)
        own.look(count)
        if ends:
            own.end()
        theirs.send(None)
        theirs.recv()

    process = FORK.Process(target=work)
    process.start()
    try:
        ours.recv()
        yield
    finally:
        process.kill()
        process.join()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the clock by hand, also that of processes that are forked from now on."""
    clock = Clock()
    monkeypatch.setattr(newcomers, "time", clock)
    return clock


def test_who_has_more_leaves_newcomers_to_the_other() -> None:
    counts = Counts(2)
    with another(counts, 3):
        own = Newcomers(counts)
        assert [own.leave(2), own.leave(3), own.leave(4)] == [False, False, True]
        assert own.left


def test_who_is_alone_leaves_nobody() -> None:
    own = Newcomers(Counts(1))
    own.look(7)
    assert not own.leave(8)


@pytest.mark.usefixtures("clock")
def test_they_are_left_until_the_other_has_as_many() -> None:
    counts = Counts(2)
    own = Newcomers(counts)
    with another(counts, 3):
        assert own.leave(4)
        own.look(4)
        assert own.left
        own.look(3)
        assert not own.left


def test_whoever_waited_for_a_moment_is_let_in_and_the_next_is_left_again(clock: Clock) -> None:
    counts = Counts(2)
    own = Newcomers(counts)
    with another(counts, 3):
        assert own.leave(9)
        clock.now += MOMENT * 0.9
        own.look(9)
        assert own.left
        clock.now += MOMENT * 0.2
        own.look(9)
        assert not own.left
        assert not own.leave(9)
        assert own.leave(10)


def test_who_tells_nothing_any_more_is_left_nobody(clock: Clock) -> None:
    counts = Counts(2)
    own = Newcomers(counts)
    with another(counts, 0):
        assert own.leave(1)
        clock.now += newcomers.BELIEVED * 1.1
        assert not own.leave(1)


def test_who_ends_is_left_nobody_and_leaves_nobody() -> None:
    counts = Counts(2)
    own = Newcomers(counts)
    with another(counts, 0, ends=True):
        assert not own.leave(1)
    with another(counts, 0):
        assert own.leave(1)
        own.end()
        assert not own.left


def test_processes_beyond_the_places_go_without() -> None:
    counts = Counts(1)
    with another(counts, 5), another(counts, 4):
        own = Newcomers(counts)
        own.look(0)
        with another(counts, 0):
            assert not own.leave(4)
            assert own.leave(5)
