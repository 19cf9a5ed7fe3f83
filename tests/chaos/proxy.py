"""How does a store fail in mid-service? A TCP proxy before it, whose manners change while it runs.

Both wires that pass here (MongoDB's, HTTP with S3 on it) are question and answer on a connection,
so the proxy sees where a question begins without understanding more of it. A fault is chosen anew
for each question:

    pass      as if there were no proxy
    delay     the question reaches the store some seconds later
    refuse    nobody listens, and what is open is reset
    hang      questions are taken and never answered; the store does not see them
    stall     the same, but the store sees them when the fault is over, asked for still or not
    reset     half of the question, or its first `after` bytes, reach the store, then both sides are
              reset
    swallow   the store does what it is asked, the connection is reset where the answer would come
    refusal   `answer` (an HTTP 503, say) instead of asking the store
"""

import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from tests.process import HOST, free_port

Kind = Literal["pass", "delay", "refuse", "hang", "stall", "reset", "swallow", "refusal"]
MONGO_INSERT = b"\x02insert\0"
MONGO_FIND = b"\x02find\0"
S3_PUT = b"PUT /"
GO_ON = b"HTTP/1.1 100 "
"""An interim answer (RFC 9110, section 15.2.1), for which S3 clients wait before they send."""
WORDS = (
    b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>SlowDown</Code>"
    b"<Message>Please reduce your request rate.</Message></Error>"
)
SLOW_DOWN = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(WORDS), WORDS)
)
CHUNK = 65_536
NOTICE = 0.1
"""Seconds after which an idle connection notices that it is to be reset."""
RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """What happens to questions: to those that hold `match`, and of these to one in `every`."""

    kind: Kind = "pass"
    match: bytes = b""
    every: int = 1
    seconds: float = 0.0
    answer: bytes = SLOW_DOWN
    after: int = 0
    """Bytes of a question that pass before a reset; 0 for half of what came first."""
    only: Callable[[bytes], bool] | None = None
    """Asked of each question that holds `match`: whether it is meant at all."""
    then: Callable[[], object] | None = None
    """Called when a fault struck, before the asking side can know."""


PASS = Fault()


@dataclass
class Proxy:
    """A port before a server; set its fault at any time with `now`, wait for it with `struck`."""

    port: int
    to: int
    _listening: socket.socket
    _fault: Fault = PASS
    _over: threading.Event = field(default_factory=threading.Event)
    _asked: int = 0
    _struck: int = 0
    _attending: set[threading.Thread] = field(default_factory=set)
    _change: threading.Condition = field(default_factory=threading.Condition)
    _ended: bool = False

    @property
    def refusing(self) -> bool:
        """Whether nobody is let in just now."""
        return self._fault.kind == "refuse"

    def now(self, fault: Fault) -> None:
        """Change what happens to questions from now on."""
        with self._change:
            refused = self.refusing
            self._fault = fault
            self._over.set()
            self._over = threading.Event()
            self._asked = self._struck = 0
            if self.refusing and not refused:
                # a socket that is shut down no longer listens and keeps its port (Linux, tcp(7))
                self._listening.shutdown(socket.SHUT_RDWR)
            elif refused and not self.refusing:
                self._listening.listen(128)
            self._change.notify_all()

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[None]:
        """Have a fault for as long as the block runs."""
        self.now(fault)
        try:
            yield
        finally:
            self.now(PASS)

    def struck(self, times: int, seconds: float = 30.0) -> bool:
        """Wait until the present fault struck so often; False where it did not, in this time."""
        with self._change:
            return self._change.wait_for(lambda: self._struck >= times, seconds)

    def end(self) -> None:
        """Cut everything."""
        with self._change:
            self._ended = True
            self._over.set()
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._change.notify_all()
            attending = list(self._attending)
        for thread in attending:
            thread.join(10)
        self._listening.close()

    def serve(self) -> None:
        """Take connections until it is ended."""
        while not self._ended:
            with self._change:
                if not self._ended and self.refusing:
                    self._change.wait(0.5)
                    continue
            try:
                near, _ = self._listening.accept()
            except OSError:
                continue  # shut down under our feet: refusing, or ended
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._change:
                if self._ended or self.refusing:
                    _reset(near)
                    continue
                attending = threading.Thread(target=self._attend, args=(near,), daemon=True)
                self._attending.add(attending)
                attending.start()

    def _attend(self, near: socket.socket) -> None:
        """Pass questions and answers of one connection, until one side ends it."""
        far: socket.socket | None = None
        try:
            far = socket.create_connection((HOST, self.to), timeout=10)
            far.settimeout(None)
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pass(near, far)
        except OSError:
            for each in (near, far):
                if each is not None:
                    _reset(each)
        finally:
            near.close()
            if far is not None:
                far.close()
            with self._change:
                self._attending.discard(threading.current_thread())

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        fault, asking = PASS, False
        both = select.poll()  # which has no highest number of a descriptor, as select has
        for each in (near, far):
            both.register(each, select.POLLIN)
        while True:
            ready = [number for number, _ in both.poll(1000 * NOTICE)]
            if self._ended or self.refusing:
                raise ConnectionResetError
            if near.fileno() in ready:
                question = near.recv(CHUNK)
                if not question:
                    return
                if not asking:
                    asking, (fault, over) = True, self._choose(question)
                    if fault is not PASS:
                        if fault.then is not None and fault.kind != "swallow":
                            fault.then()
                        if not self._strike(fault, over, question, near, far):
                            return
                far.sendall(question)
            if far.fileno() in ready:
                answer = far.recv(CHUNK)
                if not answer:
                    return
                interim = answer.startswith(GO_ON)
                if fault.kind == "swallow" and not interim:
                    if fault.then is not None:
                        fault.then()
                    raise ConnectionResetError
                near.sendall(answer)
                asking = asking and interim

    def _choose(self, question: bytes) -> tuple[Fault, threading.Event]:
        """Say what happens to this question, and what tells that it is over."""
        with self._change:
            fault = self._fault
            if fault.kind == "pass" or fault.match not in question:
                return PASS, self._over
            if fault.only is not None and not fault.only(question):
                return PASS, self._over
            self._asked += 1
            if self._asked % fault.every:
                return PASS, self._over
            self._struck += 1
            self._change.notify_all()
            return fault, self._over

    def _strike(
        self,
        fault: Fault,
        over: threading.Event,
        question: bytes,
        near: socket.socket,
        far: socket.socket,
    ) -> bool:
        """Do what the fault does before the store is asked; say whether it is asked at all."""
        if fault.kind == "delay":
            time.sleep(fault.seconds)
        elif fault.kind == "stall":
            over.wait()
        elif fault.kind == "hang":
            over.wait()
            raise ConnectionResetError
        elif fault.kind == "reset":
            far.sendall(question[: fault.after or len(question) // 2])
            passed = len(question)
            while passed < fault.after and (more := near.recv(CHUNK)):
                far.sendall(more)
                passed += len(more)
            raise ConnectionResetError
        elif fault.kind == "refusal":
            near.sendall(fault.answer)
            near.shutdown(socket.SHUT_WR)
            near.settimeout(5)
            while near.recv(CHUNK):
                pass
            return False
        return True


def _reset(each: socket.socket) -> None:
    """End a connection by RST, as a host does that lost it."""
    with suppress(OSError):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    each.close()


def _bound(address: str) -> socket.socket:
    """Hold a port: nobody listens on it, and nobody else can."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    while True:
        # a process being started by another thread may hold the port that was just tried
        with suppress(OSError):
            held.bind((address, free_port()))
            return held


@contextmanager
def proxy(to: int, address: str = HOST) -> Iterator[Proxy]:
    """Run a proxy before a server on loopback; another may listen on `to` later, or none."""
    held = _bound(address)
    held.listen(128)
    made = Proxy(held.getsockname()[1], to, held)
    serving = threading.Thread(target=made.serve, daemon=True)
    serving.start()
    try:
        yield made
    finally:
        made.end()
        serving.join()
