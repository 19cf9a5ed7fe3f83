"""Is everything served once, by no more threads than there may be, and by no more than needed?"""

import threading
from queue import SimpleQueue

import pytest

from librarian import crew as rules
from librarian.crew import FEW, LATE, Crew
from tests.clock import Clock
from tests.process import wait_for
from tests.threads import no_more


class Held:
    """Work that goes on for as long as it is held up, and tells which thread does it."""

    def __init__(self) -> None:
        self.begun: SimpleQueue[str] = SimpleQueue()
        self.go_on = threading.Semaphore(0)

    def work(self, _: object) -> None:
        self.begun.put(threading.current_thread().name)
        assert self.go_on.acquire(timeout=30)


def test_each_thing_is_served_once_by_so_many_threads_at_most() -> None:
    served: SimpleQueue[int] = SimpleQueue()
    names: set[str] = set()

    def work(thing: int) -> None:
        names.add(threading.current_thread().name)
        served.put(thing)

    crew = Crew(4, work)
    for number in range(500):
        crew.serve(number)
    assert sorted(served.get(timeout=30) for _ in range(500)) == list(range(500))
    crew.shutdown(wait=False)
    assert len(names) <= 4


def test_it_grows_only_while_all_of_it_is_busy() -> None:
    held = Held()
    crew = Crew(2, held.work)
    crew.serve(1)
    first = held.begun.get(timeout=30)
    crew.serve(2)
    second = held.begun.get(timeout=30)
    assert first != second
    crew.serve(3)
    assert crew.waited_for
    held.go_on.release()
    assert held.begun.get(timeout=30) in (first, second)
    assert not crew.waited_for
    held.go_on.release(2)
    crew.shutdown(wait=False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the crew's clock by hand."""
    clock = Clock()
    monkeypatch.setattr(rules, "time", clock)
    return clock


def test_those_who_wait_behind_slow_senders_get_threads_at_once(clock: Clock) -> None:
    work = Held()
    crew = Crew(FEW + 2, work.work, lambda: FEW)
    for number in range(FEW + 3):
        crew.serve(number)
    assert len({work.begun.get(timeout=30) for _ in range(FEW)}) == FEW
    crew.grow()
    assert crew.waited_for  # not late yet
    clock.now += LATE * 1.1
    crew.grow()
    assert work.begun.get(timeout=30) != work.begun.get(timeout=30)
    crew.grow()
    assert crew.waited_for  # for the last there may be no thread any more
    assert crew.patience == float("inf")
    work.go_on.release(FEW + 3)
    assert work.begun.get(timeout=30)
    crew.shutdown(wait=False)


def test_where_work_takes_long_threads_are_made_one_after_the_other(clock: Clock) -> None:
    work = Held()
    crew = Crew(FEW + 9, work.work)
    for number in range(FEW + 3):
        crew.serve(number)
    begun = {work.begun.get(timeout=30) for _ in range(FEW)}
    assert crew.patience == LATE
    for more in (1, 2):
        clock.now += LATE * 1.1
        assert crew.patience < LATE
        for _ in range(3):
            crew.grow()
        begun.add(work.begun.get(timeout=30))
        assert len(begun) == FEW + more
        assert crew.waited_for
    work.go_on.release(FEW + 3)
    crew.shutdown(wait=False)


def test_threads_end_that_are_wanted_no_more(clock: Clock) -> None:
    threads: SimpleQueue[threading.Thread] = SimpleQueue()
    go_on = threading.Semaphore(0)

    def work(_: object) -> None:
        threads.put(threading.current_thread())
        assert go_on.acquire(timeout=30)

    crew = Crew(FEW + 4, work, lambda: FEW)
    for number in range(FEW + 4):
        crew.serve(number)
    clock.now += LATE * 1.1
    crew.grow()
    made = {threads.get(timeout=30) for _ in range(FEW + 4)}
    assert len(made) == FEW + 4
    go_on.release(FEW + 4)
    wait_for(lambda: sum(each.is_alive() for each in made) == FEW)
    for number in range(FEW):
        crew.serve(number)
    assert {threads.get(timeout=30) for _ in range(FEW)} < made
    go_on.release(FEW)
    crew.shutdown(wait=False)
    for each in made:
        each.join(30)
        assert not each.is_alive()


def test_where_no_more_threads_can_be_had_those_that_there_are_serve_until_there_are_more() -> None:
    work = Held()
    crew = Crew(3, work.work)
    crew.serve(1)
    first = work.begun.get(timeout=30)
    with no_more():
        crew.serve(2)
        crew.grow()
        assert crew.waited_for
        work.go_on.release()
        assert work.begun.get(timeout=30) == first
        crew.serve(3)
    crew.grow()
    assert work.begun.get(timeout=30) != first
    work.go_on.release(2)
    crew.shutdown(wait=False)


def test_its_threads_end_when_it_does() -> None:
    threads: SimpleQueue[threading.Thread] = SimpleQueue()
    crew = Crew(3, lambda _: threads.put(threading.current_thread()))
    crew.serve(1)
    thread = threads.get(timeout=30)
    crew.shutdown(wait=False)
    thread.join(30)
    assert not thread.is_alive()
