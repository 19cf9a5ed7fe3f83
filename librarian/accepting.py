"""How does a worker let newcomers in? As gunicorn's does, but some are left to other processes."""

import socket

from gunicorn.workers.gthread import ThreadWorker

from librarian.newcomers import LOOK, Newcomers


class SharingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, which shares newcomers out with the others of its service."""

    alive: bool
    newcomers: Newcomers
    """Given by who starts it, before it runs."""

    def notify(self) -> None:
        """Tell the others that this one lives, and see to who waits outside."""
        super().notify()
        if self.alive:
            self.newcomers.look(self.nr_conns)
        else:
            self.newcomers.end()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes, but not for long while somebody waits outside."""
        super().wait_for_and_dispatch_events(min(timeout, LOOK if self.newcomers.left else timeout))

    def accept(self, listener: socket.socket) -> None:
        """Let one newcomer in, or leave it to another process for a moment."""
        if self.alive and self.newcomers.leave(self.nr_conns):
            self.set_accept_enabled(enabled=False)
        else:
            super().accept(listener)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's own
        """Look for newcomers, but not while they are left to others."""
        super().set_accept_enabled(enabled and not self.newcomers.left)
