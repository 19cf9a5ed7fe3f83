"""Does every process make its own, once, however many threads ask?"""

import os
import threading
from collections.abc import Callable
from functools import partial

from librarian.perprocess import PerProcess, process
from tests.contract import THREADS, at_once


def test_threads_that_ask_at_once_are_given_the_same() -> None:
    made: list[threading.Event] = []

    def make() -> threading.Event:
        made.append(threading.Event())
        return made[-1]

    own = PerProcess(make)
    given = at_once([partial(own.get) for _ in range(THREADS)])
    assert len(made) == 1
    assert all(each is made[0] for each in given)


def in_a_fork(answer: Callable[[], object]) -> str:
    """Give what a forked process answers."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, str(answer()).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as said:
        answered = said.read()
    os.waitpid(child, 0)
    return answered


def test_a_process_knows_its_number_also_after_a_fork() -> None:
    assert process() == os.getpid()
    assert in_a_fork(lambda: process() == os.getpid()) == "True"


def test_a_forked_process_makes_its_own_and_leaves_its_parents_alone() -> None:
    own = PerProcess(object)
    parents = own.get()
    assert in_a_fork(lambda: own.get() is parents) == "False"
    assert own.get() is parents


def test_what_another_process_made_is_not_taken_to_be_closed() -> None:
    own = PerProcess(object)
    assert own.take() is None
    first = own.get()
    assert own.take() is first
    assert own.take() is None
    assert own.get() is not first
    assert in_a_fork(own.take) == "None"
