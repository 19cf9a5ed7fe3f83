"""Is a deadline kept by everything inside it, and by nothing outside?"""

import threading

from librarian import deadline


def test_without_a_deadline_a_call_may_take_its_own_most() -> None:
    assert deadline.left(4.0) == 4.0
    assert deadline.left() == float("inf")


def test_a_call_gets_what_is_left_and_never_more() -> None:
    with deadline.within(2.0):
        assert 0 < deadline.left(60.0) <= 2.0
        assert deadline.left(0.5) == 0.5
    assert deadline.left(60.0) == 60.0


def test_a_deadline_that_is_running_is_never_put_off() -> None:
    with deadline.within(1.0), deadline.within(60.0):
        assert deadline.left() <= 1.0


def test_a_deadline_that_is_over_leaves_nothing() -> None:
    with deadline.within(-1.0):
        assert deadline.left(4.0) == 0.0


def test_another_thread_has_a_deadline_of_its_own() -> None:
    seen: list[float] = []
    with deadline.within(1.0):
        thread = threading.Thread(target=lambda: seen.append(deadline.left()))
        thread.start()
        thread.join()
    assert seen == [float("inf")]
