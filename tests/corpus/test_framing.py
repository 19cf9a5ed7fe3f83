"""Does a service that runs hold to HTTP, whatever comes in, and answer all in one language?"""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.corpus import ACCEPTED, PHOTO, framing, variables
from tests.corpus.framing import Framed
from tests.corpus.judging import Judge
from tests.corpus.sending import Answer, over
from tests.e2e.stack import service

CASES = list(framing.cases())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Judge]]:
    """Give a service as `librarian serve` runs it."""
    folder = tmp_path_factory.mktemp("served")
    with service(variables(folder), "--workers=1") as running:
        yield running.url, Judge(folder, lambda case: over(running.url, case))


def answers(url: str, case: Framed) -> list[Answer]:
    """Send the bytes, and read every answer until the service ends the connection."""
    place = urlsplit(url)
    came = b""
    with socket.create_connection((str(place.hostname), place.port or 0), timeout=30) as connection:
        connection.sendall(case.sent)
        if case.end:
            connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65536):
            came += more
    return list(taken_apart(came))


def taken_apart(came: bytes) -> Iterator[Answer]:
    """Take answers apart, each with its length; nothing may lie between them."""
    while came:
        head, _, came = came.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        protocol, status = first.split(" ")[:2]
        assert protocol in ("HTTP/1.0", "HTTP/1.1"), head
        if status == "100":
            continue
        headers = dict(line.split(": ", 1) for line in lines)
        size = int(headers["Content-Length"])
        assert len(came) >= size
        yield Answer(int(status), headers, came[:size])
        came = came[size:]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_is_answered_as_it_says_and_a_refusal_keeps_nothing(
    served: tuple[str, Judge], case: Framed
) -> None:
    url, judge = served
    found = answers(url, case)
    assert [each.status for each in found] == case.statuses, found
    kept = sum(each == ACCEPTED for each in case.answers)
    judge.see_kept_times(kept, PHOTO)
    for answer, expected in zip(found, case.answers, strict=False):
        if expected != ACCEPTED:
            slug, _, rule = expected.partition("/")
            judge.see_refused(answer, slug, rule)
    judge.see_good()
