"""Is what is drawn by chance given once, to whoever asks, in whatever process?"""

import os
from functools import partial

from librarian import chance
from tests.contract import THREADS, at_once

MANY = 2000


def draws() -> list[str]:
    return [chance.token_hex(8) for _ in range(MANY)]


def test_it_is_as_long_as_asked_for_also_beyond_what_is_drawn_at_one_time() -> None:
    for count in (0, 1, 16, chance.DRAWN, chance.DRAWN + 1):
        assert len(bytes.fromhex(chance.token_hex(count))) == count


def test_threads_are_never_given_the_same() -> None:
    given = [each for some in at_once([partial(draws) for _ in range(THREADS)]) for each in some]
    assert len(set(given)) == THREADS * MANY


def test_a_fork_is_not_given_what_its_parent_drew() -> None:
    chance.token_hex(1)  # so that something is left of what was drawn
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, chance.token_hex(16).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as said:
        assert said.read() != chance.token_hex(16)
    os.waitpid(child, 0)
