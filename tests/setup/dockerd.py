"""What does a docker client ask for? A server that says yes and writes down what it is to make."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.process import HOST


@dataclass
class Recorded:
    """Where the server is, and every container that it was asked for."""

    address: str
    made: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def recording() -> Iterator[Recorded]:
    """Run the server; it knows two answers of the Docker Engine API."""

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(200, None)

        def do_GET(self) -> None:
            self._answer(200, {})

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if "/containers/create" in self.path:
                recorded.made.append(json.loads(asked))
            self._answer(201, {"Id": "0" * 64, "Warnings": []})

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self, status: int, value: Any) -> None:
            body = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Api-Version", "1.44")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer((HOST, 0), Answers)
    recorded = Recorded(f"tcp://{HOST}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield recorded
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
