"""Does an answer leave whole and in order, and does a connection wait as it is told to?"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.line import Line
from librarian.watch import Slowest

PATIENT = Slowest(60, 1)
BODY = bytes(range(256)) * 12_000


@pytest.fixture
def ends() -> Iterator[tuple[Line, socket.socket]]:
    ours, theirs = socket.socketpair()
    line = Line.of(ours, PATIENT)
    with line, theirs:
        theirs.settimeout(30)
        yield line, theirs


def test_a_head_leaves_with_what_follows_it(ends: tuple[Line, socket.socket]) -> None:
    line, theirs = ends
    line.gather()
    line.sendall(b"head ")
    theirs.settimeout(0.05)
    with pytest.raises(TimeoutError):
        theirs.recv(1)
    theirs.settimeout(30)
    line.sendall(b"body")
    line.sendall(b" and more")
    line.end()
    line.shutdown(socket.SHUT_WR)
    assert theirs.makefile("rb").read() == b"head body and more"


def test_a_head_without_a_body_leaves_at_the_end(ends: tuple[Line, socket.socket]) -> None:
    line, theirs = ends
    line.gather()
    line.sendall(b"head")
    line.end()
    assert theirs.recv(10) == b"head"


def test_nothing_is_kept_that_nobody_gathers(ends: tuple[Line, socket.socket]) -> None:
    line, theirs = ends
    line.gather()
    line.end()
    line.sendall(b"at once")
    assert theirs.recv(10) == b"at once"


def test_a_file_follows_its_head(ends: tuple[Line, socket.socket], tmp_path: Path) -> None:
    line, theirs = ends
    (tmp_path / "file").write_bytes(b"0123456789")
    line.gather()
    line.sendall(b"head ")
    with (tmp_path / "file").open("rb") as file:
        assert line.sendfile(file, offset=2, count=5) == 5
    line.end()
    assert theirs.makefile("rb").read(10) == b"head 23456"


@pytest.mark.parametrize("sizes", [(10, 5_000_000), (3_000_000, 10), (3_000_000, 3_000_000)])
def test_more_than_the_system_takes_at_once_leaves_whole(
    ends: tuple[Line, socket.socket], sizes: tuple[int, int]
) -> None:
    line, theirs = ends
    head, body = b"h" * sizes[0], b"b" * sizes[1]
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(theirs.makefile("rb").read()))
    reader.start()
    line.gather()
    line.sendall(head)
    line.sendall(body)
    line.shutdown(socket.SHUT_WR)
    reader.join(30)
    assert came == [head + body]


@given(st.lists(st.binary(max_size=50), max_size=6), st.integers(0, 6))
def test_what_leaves_is_what_was_sent(pieces: list[bytes], ends_after: int) -> None:
    ours, theirs = socket.socketpair()
    with Line.of(ours, PATIENT) as line, theirs:
        line.gather()
        for number, piece in enumerate(pieces):
            if number == ends_after:
                line.end()
            line.sendall(piece)
        line.end()
        line.shutdown(socket.SHUT_WR)
        assert theirs.makefile("rb").read() == b"".join(pieces)


def sent_whole(line: Line, _: Path) -> None:
    line.sendall(BODY)


def sent_with_a_head(line: Line, _: Path) -> None:
    line.gather()
    line.sendall(b"head")
    line.sendall(BODY)


def sent_as_a_file(line: Line, folder: Path) -> None:
    (folder / "file").write_bytes(BODY)
    with (folder / "file").open("rb") as file:
        line.sendfile(file, count=len(BODY))


def sent_before_it(line: Line, _: Path) -> None:
    while True:
        line.send(b"HTTP/1.1 100 Continue\r\n\r\n")


WAYS = (sent_whole, sent_with_a_head, sent_as_a_file, sent_before_it)


@pytest.mark.parametrize(
    ("way", "reads"), [*((way, False) for way in WAYS), *((way, True) for way in WAYS[:3])]
)
def test_who_does_not_read_or_not_enough_is_not_waited_for(
    way: Callable[[Line, Path], None], reads: bool, tmp_path: Path
) -> None:
    ours, theirs = socket.socketpair()
    ended = threading.Event()

    def read_a_little() -> None:
        while not ended.wait(0.05):
            theirs.recv(1000)

    reader = threading.Thread(target=read_a_little)
    with Line.of(ours, Slowest(0.5, 10**8)) as line, theirs:
        if reads:
            reader.start()
        try:
            with pytest.raises(BrokenPipeError):
                way(line, tmp_path)
        finally:
            ended.set()
            if reads:
                reader.join()


@pytest.mark.parametrize("way", WAYS[:3])
def test_who_reads_slowly_but_enough_gets_all_of_it(
    way: Callable[[Line, Path], None], tmp_path: Path
) -> None:
    ours, theirs = socket.socketpair()
    came = bytearray()

    def read_on() -> None:
        while piece := theirs.recv(200_000):
            came.extend(piece)
            time.sleep(0.05)

    reader = threading.Thread(target=read_on)
    reader.start()
    with Line.of(ours, Slowest(0.1, 200_000)) as line, theirs:
        way(line, tmp_path)
        line.shutdown(socket.SHUT_WR)
        reader.join(60)
    assert bytes(came[-len(BODY) :]) == BODY


def test_it_waits_or_not_as_it_is_told() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with Line.of(ours, PATIENT) as line, theirs:
        assert line.getblocking()
        line.setblocking(False)
        with pytest.raises(BlockingIOError):
            line.recv(1)
        line.settimeout(0.01)
        with pytest.raises(TimeoutError):
            line.recv(1)
        line.setblocking(True)
        line.setblocking(True)
        assert line.gettimeout() is None
