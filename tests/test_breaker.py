"""Is a store that fails again and again left alone for a while, and then asked once?"""

import pytest

from librarian import deadline
from librarian.breaker import FAILURES, REST, Breaker
from librarian.stage import Exists, StoreError


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, error: StoreError | None = None) -> None:
    with pytest.raises(StoreError), breaker:
        raise error or StoreError("down")


def test_a_store_is_asked_as_long_as_it_did_not_fail_several_times_in_a_row() -> None:
    breaker = Breaker(Clock())
    for _ in range(5):
        for _ in range(FAILURES - 1):
            fail(breaker)
        with breaker:
            pass
    assert not breaker.resting


def test_a_store_that_failed_several_times_is_not_asked() -> None:
    breaker, asked = Breaker(Clock()), []
    for _ in range(FAILURES):
        fail(breaker)
    with pytest.raises(StoreError, match="left alone"), breaker:
        asked.append(True)
    assert asked == []
    assert breaker.resting


def test_after_its_rest_one_call_tries_and_the_others_wait_for_it() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        fail(breaker)
    clock.now += REST
    with breaker, pytest.raises(StoreError, match="left alone"):
        breaker.__enter__()
    with breaker:
        pass
    assert not breaker.resting


def test_a_failed_trial_begins_another_rest() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        fail(breaker)
    clock.now += REST
    fail(breaker)
    assert breaker.resting


def test_that_something_exists_already_is_no_failure_of_the_store() -> None:
    breaker = Breaker(Clock())
    for _ in range(FAILURES * 2):
        fail(breaker, Exists("there"))
    assert not breaker.resting


def test_no_store_is_asked_once_the_time_is_up() -> None:
    breaker, asked = Breaker(), []
    with deadline.within(0), pytest.raises(StoreError, match="time"), breaker:
        asked.append(True)
    assert asked == []
    assert not breaker.resting
