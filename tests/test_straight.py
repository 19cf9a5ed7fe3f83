"""Does a body come off its connection whole, and not a byte of the next request with it?"""

import io
import socket
from collections.abc import Callable
from typing import Any

import pytest
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.unreader import SocketUnreader
from hypothesis import given
from hypothesis import strategies as st

from librarian.straight import Straight, straightened

NEXT = b"GET / HTTP/1.1\r\n"
MOST = 2**16
"""Bytes that a pair of sockets holds without anybody reading."""


def read(body: Any, sizes: list[int]) -> bytes:
    """Read to the end, in pieces of these sizes in turn."""
    whole, turn = io.BytesIO(), 0
    while piece := body.read(sizes[turn % len(sizes)]):
        assert len(piece) <= sizes[turn % len(sizes)] or sizes[turn % len(sizes)] < 0
        whole.write(piece)
        turn += 1
    return whole.getvalue()


def filled(body: Any, sizes: list[int]) -> bytes:
    """Read to the end into rooms of these sizes in turn."""
    whole, turn, room = io.BytesIO(), 0, memoryview(bytearray(MOST))
    while size := body.readinto(room[: sizes[turn % len(sizes)]]):
        whole.write(room[:size])
        turn += 1
    return whole.getvalue()


@pytest.mark.parametrize("way", [read, filled])
@given(
    sent=st.binary(max_size=MOST // 2),
    ahead=st.integers(0, MOST),
    sizes=st.lists(st.one_of(st.integers(1, 9000), st.just(-1)), min_size=1, max_size=5),
)
def test_a_body_is_read_whole_and_what_follows_is_left(
    way: Callable[[Any, list[int]], bytes], sent: bytes, ahead: int, sizes: list[int]
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((sent + NEXT)[ahead:])
        unreader = SocketUnreader(ours)
        unreader.unread((sent + NEXT)[:ahead])
        body = straightened(Body(LengthReader(unreader, len(sent))))
        assert isinstance(body, Straight)
        assert way(body, sizes) == sent
        assert body.ended
        assert body.read() == b""
        theirs.shutdown(socket.SHUT_WR)
        rest = unreader.take_buffered()
        while piece := ours.recv(100):
            rest += piece
        assert rest == NEXT


def test_what_has_come_is_given_at_once_and_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(30)
        theirs.sendall(b"half")
        body = Straight(SocketUnreader(ours), 8)
        assert body.read(8) == b"half"
        theirs.sendall(b" all")
        room = bytearray(8)
        assert body.readinto(memoryview(room)) == 4
        assert room == b" all\0\0\0\0"


def test_a_connection_that_ends_early_shows(capfd: pytest.CaptureFixture[str]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"half")
        theirs.close()
        body = Straight(SocketUnreader(ours), 8)
        assert read(body, [100]) == b"half"


def test_a_body_whose_length_is_not_known_is_left_to_gunicorn() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        body = Body(ChunkedReader(None, SocketUnreader(ours)))
        assert straightened(body) is body
