"""How does a store fail? Ports out of order: nobody listens, nobody answers, answers get lost."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.process import HOST


@contextmanager
def dead_port() -> Iterator[int]:
    """Hold a port on which nobody listens and nobody else can: connections are refused."""
    with socket.socket() as held:
        held.bind((HOST, 0))
        yield held.getsockname()[1]


@contextmanager
def hanging_port() -> Iterator[int]:
    """Hold a port that takes connections and never answers."""
    with socket.socket() as held:
        held.bind((HOST, 0))
        held.listen(64)
        yield held.getsockname()[1]


@dataclass
class Relay:
    """A port that passes everything on to a server, and back, until it is told to lose answers."""

    port: int
    losing: bool = False
    _open: list[socket.socket] = field(default_factory=list)

    def lose_answers(self) -> None:
        """From now on pass on what is sent, and cut the connection where an answer would come."""
        self.losing = True

    def cut(self) -> None:
        """Cut the connections there are; new ones are taken."""
        _cut(*self._open)

    def accept(self, listening: socket.socket, to: int) -> None:
        """Take connections until nobody listens any more."""
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection((HOST, to))
                self._open += [near, far]
                threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()
                threading.Thread(target=self._pass_back, args=(far, near), daemon=True).start()

    def close(self) -> None:
        """Cut every connection."""
        for each in self._open:
            each.close()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        _cut(source, sink)

    def _pass_back(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.losing and not data.startswith(GO_ON):
                    break
                sink.sendall(data)
        _cut(source, sink)


GO_ON = b"HTTP/1.1 100 "
"""An interim answer (RFC 9110, section 15.2.1), for which S3 clients wait before they send."""


def _cut(*each: socket.socket) -> None:
    for one in each:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(to: int) -> Iterator[Relay]:
    """Run a relay before a server on loopback."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen(64)
        made = Relay(listening.getsockname()[1])
        accepting = threading.Thread(target=made.accept, args=(listening, to), daemon=True)
        accepting.start()
        try:
            yield made
        finally:
            _cut(listening)
            accepting.join()
            made.close()


Refusal = Callable[[str, Message], tuple[int, str] | None]
"""Looks at a request's method and headers; gives a status and an S3 error code, or lets it pass."""


@contextmanager
def s3_front(to: int, refusal: Refusal) -> Iterator[int]:
    """Run a front before an S3 server on loopback, which refuses what `refusal` says."""

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            refused = refusal(self.command, self.headers)
            if refused is not None:
                status, code = refused
                body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
                self._answer(status, {"Content-Type": "application/xml"}, body)
                return
            with closing(http.client.HTTPConnection(HOST, to)) as behind:
                behind.request(self.command, self.path, content, dict(self.headers.items()))
                answer = behind.getresponse()
                body = answer.read()
            passed = {k: v for k, v in answer.getheaders() if k.lower() not in HOP_BY_HOP}
            self._answer(answer.status, passed, body)

        do_PUT = do_GET = do_HEAD = do_DELETE = do_any  # noqa: N815 - as http.server calls them

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer((HOST, 0), Front) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        serving.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            serving.join()


HOP_BY_HOP = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})
