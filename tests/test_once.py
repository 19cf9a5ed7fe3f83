"""Is a fact worked out once, and by threads at one time?"""

import threading
from dataclasses import dataclass
from functools import partial

from librarian.once import once
from tests.contract import at_once

MET = threading.Barrier(2, timeout=30)


@dataclass(frozen=True)
class Word:
    text: str

    @once
    def length(self) -> list[int]:
        """The number of its letters."""
        return [len(self.text)]

    @once
    def met(self) -> bool:
        """Whether another was asked meanwhile."""
        return MET.wait() >= 0


def test_it_is_worked_out_once_for_each_value_and_is_no_part_of_it() -> None:
    word, same, other = Word("glad"), Word("glad"), Word("a")
    assert word.length is word.length
    assert (word.length, other.length) == ([4], [1])
    assert word == same
    assert repr(word) == "Word(text='glad')"


def test_what_it_is_can_be_read() -> None:
    assert Word.length.__doc__ == "The number of its letters."


def test_no_value_waits_for_another() -> None:
    words = [Word("a"), Word("b")]
    assert at_once([partial(getattr, word, "met") for word in words]) == [True, True]
