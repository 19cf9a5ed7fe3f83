"""How does the service say what it does? One line for each thing, to standard error.

Everything goes the same way: what our code and libraries say by `logging`, gunicorn's own lines,
and the line of each request, which structlog writes by itself because it is the one that costs.
"""

import logging
import os
import sys
from typing import TextIO

import structlog

from librarian.logs import shapes
from librarian.settings import Settings

NAME = "librarian.requests"


class Requests:
    """The lines of requests: as the service writes them, and before that by `logging`."""

    def __init__(self) -> None:
        self._log = structlog.wrap_logger(
            logging.getLogger(NAME),
            processors=[structlog.stdlib.filter_by_level, shapes.subject_of, shapes.pairs],
            wrapper_class=structlog.stdlib.BoundLogger,
        ).bind()

    def settle(self, level: int, shape: shapes.Shape, stream: TextIO) -> None:
        """Write them as a service does, from now on."""
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(stream),
            processors=[*shapes.ADDED, shape],
            wrapper_class=structlog.make_filtering_bound_logger(level),
        ).bind(logger=NAME)

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
