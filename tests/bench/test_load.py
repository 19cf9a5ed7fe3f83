"""Does the benchmark send what it says, and count what comes back?"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import answer, kept, serving, wire
from bench.load import Plan, Request, Sent, send
from bench.match import lost
from bench.wire import ENCODINGS
from tests.pictures import make
from tests.process import a_folder, free_port, running

PICTURE = make("JPEG", 64, 48)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[int, Path]]:
    """Run our service as it is measured; give its port and the folder it keeps things in."""
    port = free_port()
    with a_folder() as folder, running(serving.librarian(folder, port, workers=1)):
        yield port, folder


def once(port: int, request: Request, first: int = 0, clients: int = 1) -> Sent:
    """Send one request for each client."""
    return send(Plan(port, (request,), clients, 0.0, first))


def test_our_service_takes_each_encoding_as_it_is_sent(served: tuple[int, Path]) -> None:
    port, folder = served
    for number, encoding in enumerate(ENCODINGS, 100):
        sent = once(port, wire.request(encoding, "/upload", PICTURE), number)
        assert (sent.acknowledged, sent.refused) == ([number], {}), encoding
        assert dict(kept.librarian(folder))[number].read_bytes() == PICTURE


def test_every_request_of_many_clients_is_counted_once_and_kept(served: tuple[int, Path]) -> None:
    port, folder = served
    sent = once(port, wire.request("raw", "/upload", PICTURE), 1000, clients=5)
    assert sorted(sent.acknowledged) == [1000, 1001, 1002, 1003, 1004]
    assert sent.last == 1005
    assert len(sent.latencies) == 5
    assert lost(kept.librarian(folder), sent.acknowledged, (PICTURE,)) == 0


def test_a_refusal_is_counted_by_its_status(served: tuple[int, Path]) -> None:
    port, folder = served
    sent = once(port, wire.request("raw", "/upload", b"no picture"), 2000)
    assert (sent.acknowledged, sent.refused) == ([], {"415": 1})
    assert 2000 not in dict(kept.librarian(folder))


def test_a_service_that_is_not_there_is_counted_as_broken(dead_port: int) -> None:
    sent = once(dead_port, wire.request("raw", "/upload", PICTURE))
    assert (sent.acknowledged, sent.refused) == ([], {"broken": 1})


def test_what_is_not_kept_or_damaged_or_doubled_is_lost(tmp_path: Path) -> None:
    def file(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    whole = [(1, file("a", b"one")), (2, file("b", b"two"))]
    assert lost(whole, [1, 2], (b"two", b"one")) == 0
    assert [each.stat().st_size for _, each in whole] == [0, 0]
    damaged = [(1, file("a", b"one")), (2, file("b", b"tw"))]
    assert lost(damaged, [1, 2], (b"two", b"one")) == 1
    doubled = [(1, file("a", b"one")), (1, file("b", b"one"))]
    assert lost(doubled, [1], (b"two", b"one")) == 1
    assert lost([(1, tmp_path / "gone")], [1, 3], (b"two", b"one")) == 2


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_request_is_as_long_as_it_says_whatever_its_number(encoding: wire.Encoding) -> None:
    request = wire.request(encoding, "/upload", PICTURE)
    for number in (0, 10**12 - 1):
        whole = request.before + request.number(number) + request.after
        head, _, body = whole.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
        assert whole.count(b"%012d.jpg" % number) == 1


def test_the_metadata_of_tus_hold_the_number_as_base64() -> None:
    import base64

    request = wire.tus("/files", PICTURE)
    whole = request.before + request.number(42) + request.after
    (line,) = [each for each in whole.split(b"\r\n") if each.startswith(b"Upload-Metadata: ")]
    told = dict(each.split(b" ") for each in line.removeprefix(b"Upload-Metadata: ").split(b","))
    assert base64.b64decode(told[b"filename"]) == b"000000000042.jpg"
    assert base64.b64decode(told[b"top"]) == b"0.125"


@pytest.mark.parametrize(
    "whole",
    [
        b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_the_end_of_an_answer_is_told_from_its_head(whole: bytes) -> None:
    assert answer.end(whole) == len(whole)
    assert answer.end(whole[: whole.index(b"\r\n\r\n")]) == 0


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    assert answer.end(b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n{}") == -1
    assert answer.end(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n") == 0


def test_a_connection_is_closed_where_the_server_says_so() -> None:
    assert answer.closes(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    assert not answer.closes(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nconnection: close")
