"""Is everything served once, by no more threads than there may be, and by no more than needed?"""

import threading
from contextlib import suppress
from queue import Empty, SimpleQueue

from librarian.crew import FEW, Crew


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


def test_those_who_wait_behind_slow_ones_get_threads_of_their_own() -> None:
    held = Held()
    crew = Crew(FEW + 2, held.work)
    for number in range(FEW + 3):
        crew.serve(number)
    assert len({held.begun.get(timeout=30) for _ in range(FEW)}) == FEW
    assert crew.waited_for
    names: set[str] = set()
    while len(names) < 2:
        crew.grow()
        with suppress(Empty):
            names.add(held.begun.get(timeout=0.01))
    crew.grow()
    assert crew.waited_for  # for the last there may be no thread any more
    held.go_on.release(FEW + 3)
    assert held.begun.get(timeout=30)
    crew.shutdown(wait=False)


def test_its_threads_end_when_it_does() -> None:
    threads: SimpleQueue[threading.Thread] = SimpleQueue()
    crew = Crew(3, lambda _: threads.put(threading.current_thread()))
    crew.serve(1)
    thread = threads.get(timeout=30)
    crew.shutdown(wait=False)
    thread.join(30)
    assert not thread.is_alive()
