"""How does a worker serve, and stop? What is under way is finished; who comes meanwhile gets 503.

gunicorn itself stops listening at once but leaves its sockets open for as long as it works, so that
newcomers wait in a queue that nobody looks at, and are dropped in the end. Here they are let in
until the last request is finished; the application turns them away (`overload`), and they know.
"""

import select
import socket
from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.arbiter import Arbiter

from librarian.connections import PatientWorker
from librarian.stopping import Stopping
from librarian.web import framing


def stopping_of(app: Any) -> Stopping:
    """Give what the processes of an application know of its end."""
    found: Stopping = app.extensions["librarian"].stopping
    return found


class Master(Arbiter):  # type: ignore[misc]
    """The first process, which says to all that the service ends."""

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 - gunicorn's own
        """Stop all workers, for good."""
        stopping_of(self.app.wsgi()).begin()
        super().stop(graceful)


class Worker(PatientWorker):
    """gunicorn's threads, which answer for as long as there is anything to be finished."""

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Have one request answered."""
        framing.check(req)
        stopping = stopping_of(self.wsgi)
        if stopping.begun:  # this process may not have been told yet
            req.force_close()
        with stopping.request():
            return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: socket.socket, _: Any, exc: Exception) -> None:
        """Answer what the application never saw, as it would have; gunicorn itself says HTML."""
        with suppress(OSError):  # a client that is gone needs no answer
            util.write_nonblock(client, framing.answer(self.wsgi, exc, req))

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's own
        """Let newcomers in, or no more."""
        if not enabled and self._ends:
            if stopping_of(self.wsgi).under_way:
                return  # gunicorn's last loop goes on listening
            self._let_in_waiting()
        super().set_accept_enabled(enabled)

    def accept(self, listener: socket.socket) -> None:
        """Let one newcomer in; all that wait, and nobody after, when nothing is under way."""
        super().accept(listener)
        if self._ends:
            self.set_accept_enabled(enabled=False)

    def _cap_keepalive(self, deadline: float) -> None:
        """End those who say nothing soon after the service was told to end."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _let_in_waiting(self) -> None:
        for listener in self.sockets:
            listener.settimeout(0)
            for _ in range(self.cfg.backlog):
                if not select.select([listener], [], [], 0)[0]:
                    break
                super().accept(listener)

    @property
    def _ends(self) -> bool:
        return not self.alive and stopping_of(self.wsgi).begun
