"""Does `size` count bytes?"""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from librarian.record import Blob
from librarian.validators.size import Size


def made(**kwargs: Any) -> Size:
    return TypeAdapter(Size).validate_python(kwargs)


def test_the_limits_belong_to_what_is_taken() -> None:
    between = made(min=3, max="5b")
    sizes = [size for size in range(9) if not list(between.check(Blob("file", b"x" * size)))]
    assert sizes == [3, 4, 5]


def test_what_is_too_small_or_too_large_is_said_in_words() -> None:
    [small] = made(min="1KiB").check(Blob("file", b"abc"))
    assert small.message == "This is 3 bytes; at least 1 KiB are needed."
    assert (small.rule, small.limit, small.actual) == ("min", 1024, 3)
    [large] = made(max="1KiB").check(Blob("file", bytes(2048)))
    assert large.message == "This is 2 KiB; at most 1 KiB are taken."
    assert (large.rule, large.limit, large.actual) == ("max", 1024, 2048)


@pytest.mark.parametrize("wrong", [{"min": 5, "max": 4}, {"max": 0}, {"min": -1}, {"min": "many"}])
def test_limits_that_nothing_fits_are_a_problem_at_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**wrong)
