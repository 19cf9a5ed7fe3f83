"""Does one service alone, as `librarian serve` starts it, hold to HTTP with every client?"""

import json
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from librarian.figures.refusals import Refusals
from tests.e2e.stack import Stack, service
from tests.pictures import make

PHOTO = make("JPEG", 320, 240)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Give the embedded default, as `make run` serves it."""
    with service({}, "--workers=1") as running:
        yield running


def kept(stack: Stack) -> list[bytes]:
    return [path.read_bytes() for path in stack.folder.glob("*/librarian-data/images/*")]


def raw(stack: Stack, request: bytes, *, end: bool = True) -> bytes:
    """Send bytes as they are, and give all that comes back."""
    place = urlsplit(stack.url)
    with socket.create_connection((str(place.hostname), place.port or 0), timeout=30) as connection:
        connection.sendall(request)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_the_readmes_first_example_is_stored_as_it_was_sent(stack: Stack, tmp_path: Path) -> None:
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(make("JPEG", 321, 241))
    command = ["curl", "-sS", "-T", str(picture), f"{stack.url}/upload?label=cat"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    receipt = json.loads(run.stdout)
    assert receipt["labels"] == {"label": "cat"}
    assert picture.read_bytes() in kept(stack)


def test_requests_with_one_key_at_one_moment_are_stored_once_and_all_succeed() -> None:
    photo, others = make("JPEG", 64, 48), make("JPEG", 65, 48)
    with service({}, "--workers=2") as stack, ThreadPoolExecutor(12) as pool:

        def send(key: str, body: bytes) -> tuple[int, Any]:
            answer = stack.request("PUT", f"/upload/{key}?label=cat", body=body)
            return answer.status, answer.json()

        for number in range(10):
            key = f"at-one-moment-{number:04}"
            answers = list(pool.map(send, [key] * 12, [photo] * 12))
            assert sorted(status for status, _ in answers) == [200] * 11 + [201]
            assert len({told["uid"] for _, told in answers}) == 1
            assert {told["replayed"] for status, told in answers if status == 200} == {True}
            status, told = send(key, others)
            assert (status, told["type"]) == (422, "key-reused")
        assert kept(stack) == [photo] * 10


def test_what_is_turned_away_just_before_the_end_is_counted() -> None:
    with service({}, "--workers=2") as stack, ThreadPoolExecutor(12) as pool:
        answers = pool.map(lambda _: stack.request("PUT", "/upload", body=b"no picture"), range(12))
        assert {answer.status for answer in answers} == {415}
        stack.services[0].stop()
        (data,) = stack.folder.glob("*/librarian-data")
        ((refusal, count),) = Refusals(data).read()
        assert (refusal.slug, count) == ("type", 12)


def test_a_chunked_body_is_read_whole(stack: Stack) -> None:
    answer = stack.request(
        "PUT",
        "/upload",
        body=iter([PHOTO[:100], PHOTO[100:]]),
        headers={"Transfer-Encoding": "chunked"},
    )
    assert answer.status == 201
    assert PHOTO in kept(stack)


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 99999\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"],
    ids=["shorter than announced", "a chunk cut off"],
)
def test_a_body_that_breaks_off_is_receive_and_keeps_nothing(stack: Stack, head: bytes) -> None:
    before = kept(stack)
    answer = raw(stack, b"PUT /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + head)
    assert b" 400 " in answer.splitlines()[0]
    assert b'"receive"' in answer
    assert b'"incomplete"' in answer
    assert kept(stack) == before


def test_a_body_above_the_limit_is_answered_although_the_client_is_still_sending(
    stack: Stack,
) -> None:
    answer = stack.request("PUT", "/upload", body=b"x" * (45 * 2**20))
    assert (answer.status, answer.json()["type"]) == (413, "size")


def test_a_long_query_is_taken_up_to_the_documented_length(stack: Stack) -> None:
    assert stack.request("PUT", "/upload?note=" + "n" * 8000, body=PHOTO).status == 201


def test_forwarded_headers_count_only_as_far_as_they_are_trusted(stack: Stack) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert "evil.example" not in stack.request("GET", "/", headers=forged).data.decode()
    variables = {"LIBRARIAN_PROXY_HOPS": "1"}
    with service(variables, "--workers=1", "--test") as trusting:
        chain = {
            "X-Forwarded-Host": "evil.example, real.example",
            "X-Forwarded-Proto": "http,https",
        }
        page = trusting.request("GET", "/docs", headers=chain).data.decode()
        assert "https://real.example" in page
        assert "evil.example" not in page


def test_test_mode_accepts_and_keeps_nothing() -> None:
    with service({}, "--workers=1", "--test") as running:
        answer = running.request("PUT", "/upload?label=cat", body=PHOTO)
        assert answer.status == 201
        assert answer.json()["uid"] in running.logs()
        assert not list(running.folder.glob("*/librarian-data/*"))


def test_no_answer_names_the_server_software(stack: Stack) -> None:
    assert "gunicorn" not in stack.request("GET", "/livez").headers.get("Server", "").lower()


def test_a_line_is_about_its_own_request_and_holds_no_key_at_any_level() -> None:
    key, canary = "canary-4711-canary-4711", "canary"
    with service({}, "--workers=1", "--threads=2", "--max-in-flight=1", "--verbose") as running:
        sent = running.request("PUT", f"/upload/{key}", body=PHOTO).json()
        for _ in range(4):  # so that threads meet one request after another
            assert running.request("GET", f"/receipts/{sent['token']}").status == 200
            assert running.request("GET", f"/{canary}").status == 404
        logs = running.logs()
    assert sent["token"] not in logs
    assert canary not in logs
    lines = [json.loads(line) for line in logs.splitlines() if line.startswith("{")]
    paths: dict[str, set[str]] = {}
    for line in lines:
        if "request_id" in line:
            paths.setdefault(line["request_id"], set()).add(line.get("uid", ""))
    assert len(paths) >= 9
    about = [line for line in lines if line["event"] == "request"]
    assert len({line["request_id"] for line in about}) == len(about)
    assert [each for each in paths.values() if len(each) > 1] == []
