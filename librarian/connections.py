"""How do connections wait? In the poller, without a thread, until they say something.

gunicorn's threaded worker gives each new connection a thread at once, which waits for its first
bytes, and for the rest of its headers without end. Here a connection gets a thread when its first
bytes have come, and its headers must be there soon after. While there are threads to spare, one
stays with its connection for a moment after its answer: the next request of a client that sends
many, or of nginx, then needs no way through the poller, which takes as long as all of Flask does.
gunicorn also lets the one thread that
all connections share wait, two seconds each, for clients that do not hang up after their answer; a
few of them would stop the whole process. Here the thread that answered waits.
"""

import select
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from librarian.straight import straightened
from librarian.watch import WATCH, Reading

STAY = 0.005
"""Seconds for which a thread waits for the next request of the connection it has answered."""
HEADERS = 10.0
"""Seconds for a request's line and headers, and for a new connection to say anything at all."""


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, whose threads are for those who send."""

    def enqueue_req(self, conn: Any) -> None:
        """Let a new connection wait in the poller until there is something to read."""
        if conn.timeout is None:  # it is new
            # from now on, not from when it gets a thread: slow ones that queue do not add up
            conn.timeout = time.monotonic() + HEADERS
        if conn.initialized or conn.data_ready or not self.alive:
            super().enqueue_req(conn)
            return
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, readable)

    def handle(self, conn: Any) -> Any:
        """Read a request and answer it; its headers have a time of their own."""
        goes_on = self._answer(conn)
        while goes_on is True and self._stays(conn):
            goes_on = self._answer(conn)
        if not goes_on:
            with suppress(OSError):  # it was closed already
                conn.close(graceful=True)
            conn.close = _closed
        return goes_on

    def _answer(self, conn: Any) -> Any:
        """Read and answer one request; say whether the connection goes on, or waits (not True)."""
        until = time.monotonic() + HEADERS if conn.initialized else conn.timeout
        with WATCH.get().reading(conn.sock, until) as reading:
            conn.headers = reading
            return super().handle(conn)

    def _stays(self, conn: Any) -> bool:
        """Say whether the next request comes at once, and nobody waits for this thread."""
        if not self.alive or not self.tpool._work_queue.empty():
            return False
        if conn.parser.unreader.buf.getvalue():
            return True  # it has come already, with the one before
        asked = select.poll()
        asked.register(conn.sock, select.POLLIN)
        return bool(asked.poll(STAY * 1000))

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose headers have come; whoever reads its body sees to the time."""
        headers: Reading = conn.headers
        headers.allow(float("inf"))
        req.body = straightened(req.body)
        return super().handle_request(req, conn)


def _closed(*, graceful: bool = False) -> None:
    """Close what is closed: nothing."""
