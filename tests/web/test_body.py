"""Is a body read whole and within its bounds, or refused?"""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.stage import Failure
from librarian.web import body
from librarian.web.pace import FREE


def read(sent: bytes, announced: int | None, most: int) -> bytes:
    with body.read(io.BytesIO(sent), announced, most, FREE) as content:
        return content.read()


@given(st.binary(max_size=300_000), st.booleans())
def test_a_body_is_read_whole_however_it_comes(sent: bytes, told: bool) -> None:
    announced = len(sent) if told else None
    assert read(sent, announced, 300_000) == sent


class Pieces:
    """A stream that gives pieces, and fills no memory, as gunicorn's own."""

    def __init__(self, sent: bytes) -> None:
        self.read = io.BytesIO(sent).read


@given(st.binary(max_size=300_000), st.integers(1, 9))
def test_a_body_that_waits_in_memory_is_what_was_sent_whatever_the_stream_can(
    sent: bytes, missing: int
) -> None:
    for kind in (io.BytesIO, Pieces):
        stream: Any = kind(sent)
        content = body.read(stream, len(sent), 400_000, FREE, in_memory=400_000)
        assert content.read() == sent
        stream = kind(sent)
        with pytest.raises(Failure) as failure:
            body.read(stream, len(sent) + missing, 400_000, FREE, in_memory=400_000)
        assert failure.value.problems[0].rule == "incomplete"


def test_whoever_reads_a_body_whole_is_given_the_memory_it_was_read_into() -> None:
    content = body.read(io.BytesIO(b"ab" * 9000), 18_000, 18_000, FREE)
    first = content.read()
    content.seek(0)
    assert content.read() is first


@given(st.binary(min_size=1, max_size=500), st.integers(1, 500))
def test_a_body_that_ends_early_is_never_taken(sent: bytes, missing: int) -> None:
    with pytest.raises(Failure) as failure:
        read(sent, len(sent) + missing, 10_000)
    assert failure.value.problems[0].rule == "incomplete"


class Broken:
    """A stream that gives a piece, and then whatever a server raises."""

    def __init__(self) -> None:
        self._left = [b"piece"]

    def read(self, _: int) -> bytes:
        if self._left:
            return self._left.pop()
        raise ValueError("no chunk of HTTP's")


def test_however_a_refused_body_ends_it_stays_refused() -> None:
    stream: Any = Broken()
    body.drain(stream, FREE)
    stream = Broken()
    with pytest.raises(Failure) as failure:
        body.read(stream, None, 4, FREE)
    assert failure.value.stage.slug == "size"


@given(st.binary(min_size=2, max_size=500), st.booleans())
def test_a_body_above_its_limit_is_never_taken(sent: bytes, told: bool) -> None:
    with pytest.raises(Failure) as failure:
        read(sent, len(sent) if told else None, len(sent) - 1)
    assert failure.value.stage.slug == "size"
