"""How does the service say what it does? One line for each thing, to standard error.

Everything goes the same way: what our code and libraries say by `logging`, gunicorn's own lines,
and the line of each request, which has a way of its own because it is the one that costs.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from librarian.logs import shapes
from librarian.settings import Settings

NAME = "librarian.requests"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
"""How grave a line of a request may be."""
Way = Callable[[str, str, dict[str, Any]], None]
"""Says a line: its level, what happened, and what is told of it."""


def lines(least: int, shape: shapes.Shape, stream: TextIO) -> Way:
    """Give the way of a service's own: lines of that level and above, straight into a stream.

    A line that cannot be written is dropped, as those of `logging` are: the disk is full, nobody
    reads the pipe any more. What it was to tell of is done, and is answered as it was done.
    """
    said = {name for name, level in LEVELS.items() if level >= least}
    lock = threading.Lock()

    def say(level: str, event: str, told: dict[str, Any]) -> None:
        if level in said:
            line = shape(shapes.whole(NAME, level, event, told)) + "\n"
            with lock, suppress(OSError, ValueError):
                stream.write(line)
                stream.flush()

    return say


def by_logging(level: str, event: str, told: dict[str, Any]) -> None:
    """Say a line by `logging`, as somebody else's server has set it up."""
    log = logging.getLogger(NAME)
    if log.isEnabledFor(LEVELS[level]):
        log.log(LEVELS[level], "%s", shapes.pairs(event, told))


class Requests:
    """The lines of requests: as the service writes them, and before that by `logging`."""

    def __init__(self) -> None:
        self.say: Way = by_logging

    def info(self, **told: object) -> None:
        """Write the line of one request."""
        self.say("info", "request", told)

    def debug(self, **told: object) -> None:
        """Write the line of one that nobody looks for, unless everything is to be said."""
        self.say("debug", "request", told)


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
    writer.setFormatter(shapes.Formatter(shape))
    logging.getLogger("librarian").setLevel(chosen)
    logging.basicConfig(level=max(chosen, logging.WARNING), handlers=[writer], force=True)
    REQUESTS.say = lines(chosen, shape, stream)
