"""Does the proxy do to a store what it says? Asked by raw sockets, before a server of one line."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.chaos.proxy import GO_ON, PASS, Fault, Proxy, proxy
from tests.process import HOST


@dataclass
class Echo:
    """A server that answers each question with itself, and remembers what it was asked."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    told: threading.Condition = field(default_factory=threading.Condition)

    def serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while question := connection.recv(65_536):
                with self.told:
                    self.heard.append(question)
                    self.told.notify_all()
                if question.startswith(b"may I"):
                    connection.sendall(GO_ON)
                else:
                    connection.sendall(b"re: " + question)

    def has_heard(self, question: bytes) -> bool:
        with self.told:
            return self.told.wait_for(lambda: question in self.heard, 10)


@contextmanager
def echo() -> Iterator[Echo]:
    with socket.create_server((HOST, 0)) as listening:
        made = Echo(listening.getsockname()[1])

        serving: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    thread = threading.Thread(target=made.serve, args=(connection,), daemon=True)
                    thread.start()
                    serving.append(thread)

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield made
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in serving:
                thread.join(10)


@pytest.fixture
def server() -> Iterator[Echo]:
    with echo() as running:
        yield running


@pytest.fixture
def between(server: Echo) -> Iterator[Proxy]:
    with proxy(server.port) as running:
        yield running


@contextmanager
def connected(to: Proxy, patience: float = 10) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, to.port), timeout=patience) as made:
        yield made


def ask(connection: socket.socket, question: bytes) -> bytes:
    connection.sendall(question)
    return connection.recv(65_536)


def test_without_a_fault_questions_and_answers_pass(between: Proxy) -> None:
    with connected(between) as one, connected(between) as other:
        assert ask(one, b"a") == b"re: a"
        assert ask(other, b"b") == b"re: b"
        assert ask(one, b"c") == b"re: c"


def test_a_delayed_question_is_answered_all_the_same(between: Proxy) -> None:
    between.now(Fault("delay", seconds=0.05))
    with connected(between) as connection:
        assert ask(connection, b"a") == b"re: a"
    assert between.struck(1)


def test_refusing_resets_what_is_open_and_takes_nobody_until_it_is_over(between: Proxy) -> None:
    with connected(between) as connection:
        assert ask(connection, b"a") == b"re: a"
        between.now(Fault("refuse"))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            ask(connection, b"b")
    with pytest.raises(ConnectionRefusedError), connected(between):
        pass
    between.now(PASS)
    with connected(between) as connection:
        assert ask(connection, b"c") == b"re: c"


def test_a_hanging_store_takes_questions_and_never_sees_them(between: Proxy, server: Echo) -> None:
    between.now(Fault("hang"))
    with connected(between, patience=0.2) as connection:
        with pytest.raises(TimeoutError):
            ask(connection, b"a")
        assert between.struck(1)
        between.now(PASS)
        connection.settimeout(10)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    assert server.heard == []


def test_a_stalled_store_does_later_what_nobody_waits_for(between: Proxy, server: Echo) -> None:
    between.now(Fault("stall"))
    with connected(between, patience=0.2) as connection, pytest.raises(TimeoutError):
        ask(connection, b"a")
    assert server.heard == []
    between.now(PASS)
    assert server.has_heard(b"a")


def test_a_reset_lets_half_of_the_question_through(between: Proxy, server: Echo) -> None:
    between.now(Fault("reset"))
    with connected(between) as connection, pytest.raises(ConnectionResetError):
        ask(connection, b"abcdef")
    assert server.has_heard(b"abc") or server.heard == []  # a reset may overtake what was sent


def test_a_swallowed_answer_is_one_the_store_has_given(between: Proxy, server: Echo) -> None:
    known_when_told: list[bool] = []
    between.now(Fault("swallow", then=lambda: known_when_told.append(b"a" in server.heard)))
    with connected(between) as connection, pytest.raises(ConnectionResetError):
        ask(connection, b"a")
    assert server.heard == [b"a"]
    assert known_when_told == [True]


def test_an_interim_answer_is_not_the_one_that_is_swallowed(between: Proxy, server: Echo) -> None:
    between.now(Fault("swallow", match=b"may I"))
    with connected(between) as connection:
        assert ask(connection, b"may I") == GO_ON
        with pytest.raises(ConnectionResetError):
            ask(connection, b"then this")
    assert server.has_heard(b"then this")


def test_a_refusal_is_answered_and_the_store_is_not_asked(between: Proxy, server: Echo) -> None:
    between.now(Fault("refusal", answer=b"503 later"))
    with connected(between) as connection:
        assert ask(connection, b"a") == b"503 later"
        assert connection.recv(1) == b""
    assert server.heard == []


def test_only_the_chosen_questions_are_struck(between: Proxy) -> None:
    between.now(Fault("refusal", match=b"PUT", every=2, answer=b"no"))
    answers = []
    for question in (b"GET 1", b"PUT 1", b"PUT 2", b"GET 2", b"PUT 3", b"PUT 4"):
        with connected(between) as connection:
            answers.append(ask(connection, question))
    assert answers == [b"re: GET 1", b"re: PUT 1", b"no", b"re: GET 2", b"re: PUT 3", b"no"]
    assert between.struck(2)
    assert not between.struck(3, seconds=0)


def test_a_proxy_that_has_ended_leaves_no_connection_open(server: Echo) -> None:
    with proxy(server.port) as running:
        connection = socket.create_connection((HOST, running.port), timeout=10)
        assert ask(connection, b"a") == b"re: a"
    with connection, pytest.raises((ConnectionResetError, BrokenPipeError)):
        ask(connection, b"b")
