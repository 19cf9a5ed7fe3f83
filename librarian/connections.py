"""How do connections wait? In the poller, without a thread, until they say something.

gunicorn's threaded worker gives each new connection a thread at once, which waits for its first
bytes, and for the rest of its headers without end. Here a connection gets a thread when its first
bytes have come, and its headers must be there soon after. While there are threads to spare, one
stays with its connection for a moment after its answer: the next request of a client that sends
many, or of nginx, then needs no way through the poller. Otherwise the thread itself gives the
connection back to the poller; gunicorn wakes its first thread for that. gunicorn also lets the one
thread that all connections share wait, two seconds each, for clients that do not hang up after
their answer; a few of them would stop the whole process. Here the thread that answered waits.
"""

import select
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER

from librarian import exchange
from librarian.accepting import SharingWorker
from librarian.crew import Crew
from librarian.exchange import Answer
from librarian.head import Parser, Plain
from librarian.line import Line
from librarian.straight import Straight, straightened
from librarian.watch import NEVER, WATCH, Reading, Slowest

STAY = 0.005
"""Seconds for which a thread waits for the next request of the connection it has answered."""
HEADERS = 10.0
"""Seconds for a request's line and headers, and for a new connection to say anything at all."""


class PatientWorker(SharingWorker):
    """gunicorn's threaded worker, whose threads are for those who send and read."""

    slowest: Slowest
    """How slowly an answer may be taken."""

    def get_thread_pool(self) -> Crew:
        """Make the threads."""
        return Crew(self.cfg.threads, self._serve, lambda: WATCH.get().waiting())

    def run(self) -> None:
        """Serve; the thread that watches is made first, for later there may be none to be had."""
        WATCH.get()
        super().run()

    def notify(self) -> None:
        """Tell the others that this one lives, and see to who waits for a thread."""
        super().notify()
        self.tpool.grow()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes, but not for long while somebody waits for a thread."""
        super().wait_for_and_dispatch_events(min(timeout, self.tpool.patience))

    def enqueue_req(self, conn: Any) -> None:
        """Let a new connection wait in the poller until there is something to read."""
        if conn.timeout is None:  # it is new
            # from now on, not from when it gets a thread: slow ones that queue do not add up
            conn.timeout = time.monotonic() + HEADERS
            conn.sock = Line.of(conn.sock, self.slowest)
            conn.shared = exchange.standing(self.cfg, conn.client, conn.server)
            if conn.shared is not None:
                conn.parser = Parser(self.cfg, conn.sock, conn.client)
        if conn.initialized or conn.data_ready or not self.alive:
            self.tpool.serve(conn)
            return
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, readable)

    def _serve(self, conn: Any) -> None:
        """Answer what comes of a connection, and give it back to the poller, or to its end."""
        try:
            goes_on = self.handle(conn)
            if goes_on is True and not conn.parser.unreader.buf.getvalue():
                self._keep(conn)
                return
        except BaseException as error:
            done: Future[Any] = Future()
            done.set_exception(error)
        else:
            done = Future()
            done.set_result(goes_on)
        self.method_queue.defer(self.finish_request, conn, done)

    def _keep(self, conn: Any) -> None:
        """Let a connection wait in the poller for its next request."""
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        if not self.alive:  # asked after the connection can be seen by who ends those that wait
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        readable = partial(self.on_client_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, readable)

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        """Say whether a connection goes on, when what is left of a body was thrown away."""
        body = conn.parser.mesg.body
        if keepalive and isinstance(body, Straight) and body.ended:
            return True
        return bool(super()._keepalive_after(conn, keepalive))

    def _cap_keepalive(self, deadline: float) -> None:
        """End those who say nothing by a time; threads may add to them meanwhile."""
        for conn in list(self.keepalived_conns):
            conn.timeout = min(conn.timeout, deadline)

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
        if not conn.initialized:
            conn.init()
        with WATCH.get().reading(conn.sock, until) as reading:
            conn.headers = reading
            return super().handle(conn)

    def _stays(self, conn: Any) -> bool:
        """Say whether the next request comes at once, and nobody waits for this thread."""
        if not self.alive or self.tpool.waited_for:
            return False
        if conn.parser.unreader.buf.getvalue():
            return True  # it has come already, with the one before
        asked = select.poll()
        asked.register(conn.sock, select.POLLIN)
        return bool(asked.poll(STAY * 1000))

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose headers have come; whoever reads its body sees to the time."""
        headers: Reading = conn.headers
        headers.allow(NEVER)
        conn.sock.gather()
        try:
            if isinstance(req, Plain):
                return self._exchange(req, conn)
            req.body = straightened(req.body)
            return super().handle_request(req, conn)
        finally:
            conn.sock.end()

    def _exchange(self, req: Plain, conn: Any) -> bool:
        """Answer a plain request, as gunicorn does; say whether the connection goes on."""
        self.cfg.pre_request(self, req)
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        response = Answer(req, conn.sock, self.cfg)
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            response.force_close()
        environ = exchange.environ(req, conn.sock, conn.shared)
        try:
            exchange.send(response, self.wsgi(environ, response.start_response))
        except (Exception, SystemExit) as error:
            if isinstance(error, OSError) or not response.headers_sent:
                raise
            self.log.exception("Error handling request")
            util.close_graceful(conn.sock)
            raise StopIteration from None
        return not response.should_close()


def _closed(*, graceful: bool = False) -> None:
    """Close what is closed: nothing."""
