"""Has one process a place at most, and is it free when that process is gone?"""

from multiprocessing import get_context

from librarian.claims import Claims

FORK = get_context("fork")


def test_a_place_is_one_processs_until_it_gives_it_back_or_dies() -> None:
    claims = Claims()
    ours, theirs = FORK.Pipe()

    def work() -> None:
        theirs.send([claims.take(0), claims.take(1), claims.take(1)])
        theirs.recv()
        claims.give_back(1)
        theirs.send(None)
        theirs.recv()

    process = FORK.Process(target=work)
    process.start()
    assert ours.recv() == [True, True, True]  # what is one's own can be taken again
    assert [claims.take(0), claims.take(1), claims.take(2)] == [False, False, True]
    ours.send(None)
    ours.recv()
    assert [claims.take(0), claims.take(1)] == [False, True]
    process.kill()
    process.join()
    assert claims.take(0)


def test_the_first_place_that_is_free_is_taken() -> None:
    claims = Claims()
    ours, theirs = FORK.Pipe()

    def work() -> None:
        theirs.send((claims.first(), claims.take(1)))
        theirs.recv()

    process = FORK.Process(target=work)
    process.start()
    assert ours.recv() == (0, True)
    assert claims.first() == 2
    process.kill()
    process.join()
    assert claims.first() == 0
