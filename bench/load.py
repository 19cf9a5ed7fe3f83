"""How are requests sent, fast enough not to be what is measured? One process, many connections.

A closed loop: each client sends its next request as soon as it has its answer, or a moment after it
was refused. A request is bytes made beforehand; only its number is written anew, and the three
pieces go to the system in one call without being copied together, which is why this takes less of
the processor than wrk with a script. Of an answer only what is needed is read: status and length.
"""

import base64
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from bench import answer

DIGITS = 12
READ = 2**16
PATIENCE = 30.0
"""Seconds after which a request without an answer is given up."""
PAUSE = 0.02
"""Seconds that a client waits that was refused or could not connect."""


@dataclass(frozen=True)
class Request:
    """One request as it goes over the wire, but for its number."""

    before: bytes
    after: bytes
    encoded: bool = False
    """Whether the number is written as base64, as in the metadata of tus."""

    def number(self, number: int) -> bytes:
        """Write a number as this request holds it, always of the same length."""
        digits = b"%0*d" % (DIGITS, number)
        return base64.b64encode(digits) if self.encoded else digits


@dataclass(frozen=True)
class Plan:
    """What to send, to which port of this machine, by how many clients, for how long."""

    port: int
    requests: tuple[Request, ...]
    """Request number n is the one at n modulo their count."""
    clients: int
    seconds: float
    first: int = 0
    """The number of the first request."""


@dataclass
class Sent:
    """What came of it."""

    acknowledged: list[int] = field(default_factory=list)
    """The numbers of the requests that were answered with success."""
    refused: Counter[str] = field(default_factory=Counter)
    """How many others there were, by status, or `broken` where no answer came."""
    in_time: int = 0
    """Successes within the seconds of the plan; what was under way then is finished later."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from the first byte sent to the last byte read, of the successes, in order of end."""
    cpu: float = 0.0
    """Seconds of processor time that the sending itself took."""
    last: int = 0
    """The number after the last request."""


def send(plan: Plan) -> Sent:
    """Send for the plan's seconds, and wait for what is under way then."""
    return _Loop(plan).run()


@dataclass(slots=True)
class _Client:
    wire: socket.socket | None = None
    number: int = 0
    began: float = 0.0
    unsent: list[memoryview] = field(default_factory=list)
    answer: bytes = b""
    ends: int = 0
    """Where the answer ends; 0 while that is not known, -1 where the connection's end tells."""


class _Loop:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sent = Sent()
        self._numbers = count(plan.first)
        self._poll = select.epoll()
        self._clients: dict[int, _Client] = {}
        self._resting: deque[_Client] = deque()
        self._until = 0.0

    def run(self) -> Sent:
        cpu = time.process_time()
        self._until = time.perf_counter() + self._plan.seconds
        for _ in range(self._plan.clients):
            self._begin(_Client())
        while self._clients or self._resting:
            events = self._poll.poll(PAUSE if self._resting else 1.0)
            for descriptor, event in events:
                client = self._clients[descriptor]
                self._safely(self._go_on if event == select.EPOLLOUT else self._read, client)
            if not events:
                self._give_up()
            self._wake()
        self._poll.close()
        self._sent.last = next(self._numbers)
        self._sent.cpu = time.process_time() - cpu
        return self._sent

    def _safely(self, step: Callable[[_Client], None], client: _Client) -> None:
        try:
            step(client)
        except BlockingIOError:
            pass
        except OSError:
            self._refuse(client, "broken")

    def _begin(self, client: _Client) -> None:
        client.number = next(self._numbers)
        client.began = time.perf_counter()
        client.answer, client.ends = b"", 0
        self._safely(self._open, client)

    def _open(self, client: _Client) -> None:
        request = self._plan.requests[client.number % len(self._plan.requests)]
        if client.wire is None:
            client.wire = socket.create_connection(("127.0.0.1", self._plan.port), PATIENCE)
            client.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.wire.settimeout(0)
            self._poll.register(client.wire, select.EPOLLIN)
        self._clients[client.wire.fileno()] = client
        pieces = (request.before, request.number(client.number), request.after)
        size = sum(map(len, pieces))
        try:
            gone = client.wire.sendmsg(pieces)
        except BlockingIOError:
            gone = 0
        if gone < size:
            client.unsent = [memoryview(each) for each in pieces]
            _drop(client.unsent, gone)
            self._poll.modify(client.wire, select.EPOLLIN | select.EPOLLOUT)

    def _go_on(self, client: _Client) -> None:
        """Send more of a request that did not go out in one piece."""
        assert client.wire is not None
        _drop(client.unsent, client.wire.sendmsg(client.unsent))
        if not client.unsent:
            self._poll.modify(client.wire, select.EPOLLIN)

    def _read(self, client: _Client) -> None:
        assert client.wire is not None
        piece = client.wire.recv(READ)
        client.answer += piece
        if not client.ends:
            client.ends = answer.end(client.answer)
        if not piece and client.ends >= 0:
            raise ConnectionError("the answer broke off")
        if (client.ends > 0 and len(client.answer) >= client.ends) or not piece:
            self._finish(client)

    def _finish(self, client: _Client) -> None:
        now, status = time.perf_counter(), client.answer[9:12].decode()
        if not status.startswith("2"):
            self._refuse(client, status)
            return
        self._sent.acknowledged.append(client.number)
        self._sent.latencies.append(now - client.began)
        self._sent.in_time += now < self._until
        over = now >= self._until
        self._leave(client, closed=over or client.ends < 0 or answer.closes(client.answer))
        if not over:
            self._begin(client)

    def _refuse(self, client: _Client, reason: str) -> None:
        self._sent.refused[reason] += 1
        self._leave(client, closed=True)
        client.began = time.perf_counter()
        self._resting.append(client)

    def _leave(self, client: _Client, *, closed: bool) -> None:
        """Let go of a request, and of its connection where that is no longer good."""
        if client.wire is None:
            return
        self._clients.pop(client.wire.fileno(), None)
        if closed or client.unsent:
            client.wire.close()  # which also takes it out of the poll
            client.wire, client.unsent = None, []

    def _wake(self) -> None:
        """Let those go on that were refused a moment ago."""
        now = time.perf_counter()
        while self._resting and (now >= self._until or now - self._resting[0].began > PAUSE):
            client = self._resting.popleft()
            if now < self._until:
                self._begin(client)

    def _give_up(self) -> None:
        for client in list(self._clients.values()):
            if time.perf_counter() - client.began > PATIENCE:
                self._refuse(client, "broken")


def _drop(pieces: list[memoryview], size: int) -> None:
    """Take away as many bytes from the front."""
    while pieces and size >= len(pieces[0]):
        size -= len(pieces.pop(0))
    if size:
        pieces[0] = pieces[0][size:]
