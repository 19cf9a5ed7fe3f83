"""Does every process make its own, once, however many threads ask?"""

import os
import threading
from functools import partial

import pytest

from librarian.perprocess import PerProcess
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


def test_a_forked_process_makes_its_own_and_leaves_its_parents_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = PerProcess(object)
    parents = own.get()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert own.get() is not parents
    monkeypatch.undo()
    assert own.get() is not parents


def test_what_another_process_made_is_not_taken_to_be_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = PerProcess(object)
    assert own.take() is None
    first = own.get()
    assert own.take() is first
    assert own.take() is None
    assert own.get() is not first
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert own.take() is None
