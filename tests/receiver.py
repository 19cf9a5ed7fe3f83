"""Who receives what the service posts? A real HTTP server that answers as the test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.process import HOST, wait_for


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    headers: Message
    body: bytes


@dataclass
class Receiver:
    """A server on loopback: what came, and what it answers from now on."""

    port: int = 0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    drips: bool = False
    """Whether its answer comes byte by byte and never ends."""
    refuses: Callable[[Posted], bool] = lambda _: False
    """Which of the requests it answers with 422."""
    came: list[Posted] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"http://{HOST}:{self.port}/hook?from=librarian"

    def ids(self) -> list[str]:
        """Give the ids of what came, in order."""
        return [posted.headers["webhook-id"] for posted in self.came]

    def wait_for(self, count: int) -> list[Posted]:
        """Wait until so many requests came."""
        wait_for(lambda: len(self.came) >= count)
        return self.came


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """Run one, on a port of the test's own choice or any."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted = Posted(self.path, self.headers, body)
            told.came.append(posted)
            if told.drips:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not told.ending.wait(0.02):
                    self.wfile.write(b"x")
                return
            self.send_response(422 if told.refuses(posted) else told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of a client that went away while the answer dripped."""

    with Server((HOST, port), Handler) as server:
        told.port = server.server_address[1]
        serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        serving.start()
        try:
            yield told
        finally:
            told.ending.set()
            server.shutdown()
            serving.join()
