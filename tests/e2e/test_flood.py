"""Are good contributions taken while a crowd sends slowly, or never ends? Over real sockets."""

import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

from librarian.access import keys
from tests.conftest import needed
from tests.e2e.crowd import put, sending
from tests.e2e.stack import Stack, behind_nginx, service
from tests.pictures import make

PHOTO = make("JPEG", 320, 240)
GOOD = 60
STORES = {
    "DATA_ACTOR_CONFIG": "[]",
    "LABEL_ACTOR_CONFIG": "[]",
    "DATA_VALID_CONFIG": '[{"validator": "img"}]',
}
PATIENCE = 5.0
"""Seconds that nobody waits; on a machine that does nothing else, it is well below one."""


def good_ones(stack: Stack, count: int = GOOD) -> list[float]:
    """Send good contributions, one after the other, and give how long each took, in order."""
    took = []
    for _ in range(count):
        began = time.monotonic()
        answer = stack.request("PUT", "/upload", body=PHOTO)
        took.append(time.monotonic() - began)
        assert answer.status == 201, answer.data
    return sorted(took)


def test_behind_nginx_nobody_notices_two_hundred_slow_senders() -> None:
    with (
        needed(behind_nginx(STORES)) as stack,
        sending(stack.url, put(bytes(2**20)), count=200, pace=2_000) as crowd,
    ):
        time.sleep(0.5)
        took = good_ones(stack)
        assert crowd.under_way() == 200
        print(f"p99 behind nginx: {took[-1]:.3f} s")  # noqa: T201 - the figure that is promised
        assert took[-1] < PATIENCE


def test_alone_it_takes_good_ones_while_a_hundred_phones_send_at_ten_kilobytes_a_second() -> None:
    slow = PHOTO + bytes(40_000 - len(PHOTO))  # what follows the end of a JPEG is nobody's business
    with (
        service(STORES, "--workers=2") as stack,
        sending(stack.url, put(slow), count=100, pace=10_000) as crowd,
    ):
        time.sleep(0.5)
        took = good_ones(stack)
        assert crowd.under_way() > 0
        print(f"p99 alone: {took[-1]:.3f} s")  # noqa: T201 - the figure that is promised
        assert took[-1] < PATIENCE
        until = time.monotonic() + 30
        while crowd.under_way() and time.monotonic() < until:
            time.sleep(0.1)
        assert crowd.statuses() == [201] * 100


def test_who_sends_nothing_or_stops_amid_the_headers_holds_no_thread() -> None:
    with service(STORES, "--workers=1", "--threads=4") as stack:
        place = urlsplit(stack.url)
        with (
            sending(stack.url, b"PUT /upload HTTP/1.1\r\nHost: x", count=3, pace=1_000),
            socket.create_connection((str(place.hostname), place.port or 0)),
            sending(stack.url, b"", count=50, pace=1),
        ):
            time.sleep(0.3)
            assert good_ones(stack, 10)[-1] < PATIENCE


def test_who_does_not_hang_up_after_the_answer_holds_up_nobody() -> None:
    with (
        service(STORES, "--workers=1") as stack,
        sending(stack.url, put(PHOTO), count=30, pace=10**6) as crowd,
    ):
        until = time.monotonic() + 30
        while crowd.under_way() and time.monotonic() < until:
            time.sleep(0.1)
        assert crowd.statuses() == [201] * 30
        assert good_ones(stack, 10)[-1] < PATIENCE / 2


def test_who_asks_and_does_not_read_holds_no_thread_for_long() -> None:
    variables = STORES | {"LIBRARIAN_GRACE": "4", "LIBRARIAN_MIN_RATE": "1MB"}
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 1000
    with service(variables, "--workers=1", "--threads=4") as stack, ExitStack() as all_:
        place = urlsplit(stack.url)
        for _ in range(6):
            phone = all_.enter_context(socket.socket())
            phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            phone.connect((str(place.hostname), place.port or 0))
            phone.sendall(asked)
        held, began = 0.0, time.monotonic()
        while held < 1 and time.monotonic() - began < 20:  # until all threads wait for them
            held = good_ones(stack, 1)[-1]
        assert 1 < held < 20
        assert good_ones(stack, 10)[-1] < PATIENCE


def test_headers_without_end_are_ended() -> None:
    request = b"PUT /upload HTTP/1.1\r\n" + b"X-A: b\r\n" * 100
    with (
        service(STORES, "--workers=1", "--threads=4") as stack,
        sending(stack.url, request, count=8, pace=20) as crowd,
    ):
        until = time.monotonic() + 30
        while crowd.under_way() and time.monotonic() < until:
            time.sleep(0.2)
        assert crowd.under_way() == 0
        assert good_ones(stack, 3)


def test_who_is_turned_away_and_stops_amid_the_body_holds_no_thread_for_long() -> None:
    variables = {
        "LIBRARIAN_GRACE": "1",
        "LIBRARIAN_MIN_RATE": "50kB",
        "LIBRARIAN_ORIGINS": "https://a.example",
        "ACCESS_SUBMIT": keys.entry_of(keys.make()),
    }
    lines = {
        "POST /upload HTTP/1.1\r\nOrigin: https://evil.example": 403,
        "PUT /upload HTTP/1.1": 401,
        "PATCH /records HTTP/1.1": 401,
        "POST /desk/leave HTTP/1.1": 303,
        "POST /desk HTTP/1.1": 400,
    }
    with service(STORES | variables, "--workers=1", "--threads=4") as stack, ExitStack() as all_:
        crowds = [
            all_.enter_context(
                sending(
                    stack.url,
                    f"{line}\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc".encode(),
                    count=1,
                    pace=10**6,
                )
            )
            for line in lines
        ]
        until = time.monotonic() + 60
        while any(crowd.under_way() for crowd in crowds) and time.monotonic() < until:
            time.sleep(0.1)
        assert [crowd.statuses() for crowd in crowds] == [[status] for status in lines.values()]
        assert stack.request("GET", "/livez").status == 200


def test_however_a_refused_body_ends_the_answer_is_the_refusal() -> None:
    variables = {"LIBRARIAN_ORIGINS": "https://a.example", "LIBRARIAN_MAX_BYTES": "1kB"}
    head = "POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    large = f"200000\r\n{'x' * 0x200000}\r\nno length\r\n"
    with service(STORES | variables, "--workers=1") as stack:
        for sent, status in (
            (f"{head}Origin: https://evil.example\r\n\r\n5\r\nhello\r\nno length\r\n", 403),
            (f"{head}\r\n{large}", 413),
        ):
            with sending(stack.url, sent.encode(), count=1, pace=10**8) as crowd:
                until = time.monotonic() + 30
                while crowd.under_way() and time.monotonic() < until:
                    time.sleep(0.1)
                assert crowd.statuses() == [status]
        assert '"error"' not in stack.logs()


def test_a_body_that_comes_too_slowly_is_refused_in_words_and_keeps_nothing() -> None:
    variables = {"LIBRARIAN_GRACE": "1", "LIBRARIAN_MIN_RATE": "50kB"}
    with (
        service(variables, "--workers=1") as stack,
        sending(stack.url, put(PHOTO + bytes(300_000)), count=3, pace=1_000) as crowd,
    ):
        until = time.monotonic() + 30
        while crowd.under_way() and time.monotonic() < until:
            time.sleep(0.1)
        assert crowd.statuses() == [400] * 3
        assert all(b'"slow"' in phone.answer for phone in crowd.phones)
        assert good_ones(stack, 1)
        assert len(list(stack.folder.glob("*/librarian-data/images/*"))) == 1
