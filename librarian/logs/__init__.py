"""How does the service say what it does? One line for each thing, to standard error.

Everything goes the same way: what our code and libraries say by `logging`, gunicorn's own lines,
and the line of each request, which has a way of its own because it is the one that costs.
"""

import logging
import os
import sys
from typing import Any, TextIO

import structlog

from librarian.logs import shapes
from librarian.settings import Settings

NAME = "librarian.requests"


class Lines:
    """Writes lines in one shape straight into a stream; structlog's own ways cost as much again."""

    def __init__(self, level: int, shape: shapes.Shape, stream: TextIO) -> None:
        self._level, self._shape = level, shape
        self._write = structlog.WriteLogger(stream).msg

    def info(self, event: str, **told: object) -> None:
        """Write a line of what is worth knowing."""
        if self._level <= logging.INFO:
            self._say("info", event, told)

    def debug(self, event: str, **told: object) -> None:
        """Write a line of what nobody looks for."""
        if self._level <= logging.DEBUG:
            self._say("debug", event, told)

    def _say(self, level: str, event: str, told: dict[str, object]) -> None:
        line: shapes.Told = {"logger": NAME, **told, "event": event}
        for add in shapes.ADDED:
            line = add(None, level, line)
        self._write(self._shape(None, level, line))


class Requests:
    """The lines of requests: as the service writes them, and before that by `logging`."""

    _log: Any

    def __init__(self) -> None:
        self._log = structlog.wrap_logger(
            logging.getLogger(NAME),
            processors=[structlog.stdlib.filter_by_level, shapes.subject_of, shapes.pairs],
            wrapper_class=structlog.stdlib.BoundLogger,
        ).bind()

    def settle(self, level: int, shape: shapes.Shape, stream: TextIO) -> None:
        """Write them as a service does, from now on."""
        self._log = Lines(level, shape, stream)

    def info(self, **told: object) -> None:
        """Write the line of one request."""
        self._log.info("request", **told)

    def debug(self, **told: object) -> None:
        """Write the line of one that nobody looks for, unless everything is to be said."""
        self._log.debug("request", **told)


REQUESTS = Requests()


def settle(settings: Settings, stream: TextIO | None = None) -> None:
    """Write log lines to a stream, by default standard error, as hosts collect them.

    What libraries say below a warning is none of it, at no level: they write down the headers that
    they sign, and with them the keys.
    """
    stream = stream or sys.stderr
    chosen = logging.getLevelNamesMapping()[settings.log_level.upper()]
    terminal = stream.isatty()
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and terminal)
    shape = (
        shapes.text(colours=terminal and not os.environ.get("NO_COLOR")) if as_text else shapes.JSON
    )
    writer = logging.StreamHandler(stream)
    writer.setFormatter(shapes.formatter(shape))
    logging.getLogger("librarian").setLevel(chosen)
    logging.basicConfig(level=max(chosen, logging.WARNING), handlers=[writer], force=True)
    REQUESTS.settle(chosen, shape, stream)
