"""Is a reading ended when its time is over, and only then?"""

import socket
import threading
import time

from librarian.watch import WATCH

SOON = 30


def test_a_reading_that_takes_too_long_is_ended_and_the_answer_can_still_be_sent() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, WATCH.get().reading(ours, time.monotonic() + 0.1) as reading:
        ours.settimeout(SOON)
        assert ours.recv(1) == b""
        assert reading.late
        ours.sendall(b"400")
        assert theirs.recv(3) == b"400"


def test_a_reading_may_be_given_more_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, WATCH.get().reading(ours, time.monotonic()) as reading:
        reading.allow(time.monotonic() + SOON)
        threading.Timer(1.2, theirs.sendall, [b"late, but in time"]).start()
        ours.settimeout(SOON)
        assert ours.recv(4) == b"late"
        assert not reading.late


def test_what_is_read_no_more_is_left_alone() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with WATCH.get().reading(ours, time.monotonic() + 0.05):
            pass
        time.sleep(1.2)
        theirs.sendall(b"next request")
        ours.settimeout(SOON)
        assert ours.recv(4) == b"next"
