"""How is the service served? gunicorn inside this process, with one set of settings for everybody.

`librarian serve` and the Procfile (`python -m librarian serve`) both come here. Settings are loaded
and checked once, by the caller, and the socket is opened here, so that a wrong configuration or a
taken port ends the start with a sentence before any process is made.
"""

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from librarian import allocator, picture, processors, subject, summary, terminal
from librarian.newcomers import Counts, Newcomers
from librarian.problem import ConfigError, ConfigProblem
from librarian.processors import Processors
from librarian.settings import Settings
from librarian.signed import reviewkey
from librarian.watch import Slowest

if TYPE_CHECKING:
    from flask import Flask

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn makes unguessable files there
LONGEST_LINE = 8190
"""Bytes of a request line: labels may stand in the query, and gunicorn's own 4,094 are few."""
QUEUE = 2048
"""Connections that may wait to be let in."""


def options(settings: Settings) -> dict[str, Any]:
    """Give gunicorn's settings, but for the socket."""
    return {
        "proc_name": "librarian",
        "worker_class": "librarian.worker.Worker",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_connections": settings.threads + 400,  # those beyond threads are idle
        "timeout": 60,  # a worker that says nothing for so long is stuck, not slow
        "graceful_timeout": 25,  # hosts kill 30 seconds after they ask to stop
        "backlog": QUEUE,
        "keepalive": 75,  # longer than nginx keeps a connection idle (60), so that nginx ends it
        "limit_request_line": LONGEST_LINE,
        # Memory that the allocator does not give back is bounded, and not all begin anew at once.
        "max_requests": settings.max_requests,
        "max_requests_jitter": settings.max_requests // 5,
        # The application is made before the workers are: a fault ends the start instead of
        # repeating in each worker, and they share its memory. Stores connect after the fork.
        "preload_app": True,
        "worker_tmp_dir": str(SHARED_MEMORY) if os.access(SHARED_MEMORY, os.W_OK) else None,
        "forwarded_allow_ips": "",  # only ProxyFix, by LIBRARIAN_PROXY_HOPS, believes headers
        "control_socket_disable": True,  # gunicorn would open one in the home directory
        "logger_class": "librarian.logs.gunicorn.Logger",
        "accesslog": None,  # the application writes a line that names no one
        "loglevel": "debug" if settings.log_level == "debug" else "warning",
    }


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished. Raises ConfigError."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.http import wsgi

    from librarian import logs
    from librarian.worker import Master, Worker

    wsgi.SERVER = "DataLibrarian"  # what serves, and in which version, is nobody's concern
    logs.settle(settings)
    allocator.settle()
    own = processors.to_share(settings.workers) if settings.pin else None
    counts = Counts(settings.workers)
    listener = _listen(settings)
    port = listener.getsockname()[1]
    bind = f"fd://{listener.detach()}"  # gunicorn closes it from now on

    def begin(worker: Worker) -> None:
        worker.newcomers = Newcomers(counts)
        worker.slowest = Slowest(settings.grace, settings.min_rate)
        _start(worker.app.wsgi(), own)

    class Server(BaseApplication):  # type: ignore[misc]
        """gunicorn with our settings, socket and application."""

        def load_config(self) -> None:
            for name, value in options(settings).items():
                self.cfg.set(name, value)
            self.cfg.set("bind", bind)
            self.cfg.set("when_ready", lambda _: _greet(settings, port))
            self.cfg.set("post_worker_init", begin)
            self.cfg.set("worker_exit", lambda _, worker: _end(worker.app.wsgi()))
            # gunicorn's own writes down the path, in which a receipt's token may stand
            self.cfg.set("pre_request", lambda _, __: subject.end())

        def load(self) -> "Flask":
            _load_decoders(settings)
            return _application(settings)

        def run(self) -> None:
            Master(self).run()

    Server().run()


def debug(settings: Settings) -> None:
    """Serve with Flask's own server and debugger, which runs any code it is sent."""
    if not is_loopback(settings.host):
        raise ConfigError([ConfigProblem("--debug", "is served on a loopback address only")])
    from librarian import logs

    logs.settle(settings)
    app = _application(settings)
    _listen(settings).close()
    _greet(settings, settings.port)
    _start(app)
    app.run(settings.host, settings.port, debug=True, use_reloader=False)


def is_loopback(host: str) -> bool:
    """Say whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _load_decoders(settings: Settings) -> None:
    """Have what decodes pictures loaded once for all processes, where some are to be expected."""
    accepted = (step.component.accepts() or () for step in settings.data_valid)
    if any(not picture.FORMATS.keys().isdisjoint(kinds) for kinds in accepted):
        picture.load()


def _application(settings: Settings) -> "Flask":
    from librarian.web import create_app

    app = create_app(settings)
    app.debug = False  # whatever FLASK_DEBUG says
    return app


def _listen(settings: Settings) -> socket.socket:
    """Open the socket. Raises ConfigError where the address or the port cannot be had."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=QUEUE)
    except OSError as error:
        at = f"{host}:{port}"
        if (error.errno or 0) < 0:  # the resolver's own numbers
            problem = ConfigProblem("LIBRARIAN_HOST", f"there is no address {host}")
        elif isinstance(error, PermissionError):
            message = f"this user may not serve on {at}; ports below 1024 are the system's"
            problem = ConfigProblem("LIBRARIAN_PORT", message)
        else:
            reason = os.strerror(error.errno or 0).lower()
            message = f"cannot serve on {at}: {reason}; choose another with --port"
            problem = ConfigProblem("LIBRARIAN_PORT", message)
        raise ConfigError([problem]) from None


def _greet(settings: Settings, port: int) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in _greeting(settings, port)))
    sys.stdout.flush()


def _greeting(settings: Settings, port: int) -> Iterator[str]:
    desk = reviewkey.told(settings, summary.address(settings.host, port))
    for word, said in summary.greeting(settings, port):
        yield _line(word, said)
        if word == "Page" and desk:
            yield _line("Desk", desk)


def _line(word: str, said: str) -> str:
    return f"{terminal.painted(f'{word:<6}', terminal.BOLD, sys.stdout)} {said}"


def _start(app: "Flask", own: Processors | None = None) -> None:
    """Start what each worker runs beside its requests; a thread does not survive a fork."""
    if own is not None:
        own.settle()
    pipeline = app.extensions["librarian"]
    if pipeline.settings.sentry_dsn.get_secret_value():
        from librarian.logs import alarm

        alarm.start(pipeline.settings)
    pipeline.start()


def _end(app: "Flask") -> None:
    """Let a process keep what it had in memory alone, when it ends."""
    app.extensions["librarian"].end()
