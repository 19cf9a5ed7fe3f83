"""What does a log line look like? JSON for machines, or text for people; with the same in it.

Each says when, how grave, which part of the program, and of a request its id, uid and stage. What
an error said is left out, but for its kind and the places it passed: its words may hold what a
contributor sent.
"""

import json
import logging
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

from librarian import moment, strictjson, subject

Told = MutableMapping[str, Any]
Shape = Callable[[Any, str, Told], str]
ENCODE = strictjson.writer(json.JSONEncoder(ensure_ascii=False, default=str))
UNSAID = "(what it said is left out, for it may hold what was sent)"


def subject_of(_: Any, __: str, told: Told) -> Told:
    """Add what the line is about."""
    about = subject.current()
    if about.request_id:
        told["request_id"] = about.request_id
    if about.uid:
        told["uid"] = about.uid
    if about.stage:
        told["stage"] = about.stage
    return told


def dated(_: Any, __: str, told: Told) -> Told:
    """Add when it is said: to the microsecond, in UTC (RFC 3339)."""
    told["timestamp"] = moment.precisely_now()
    return told


def failed(_: Any, __: str, told: Told) -> Told:
    """Write an error as the places it passed, without its words."""
    found = told.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        told["exception"] = "".join(places(error))
    return told


def places(error: BaseException) -> Iterator[str]:
    """Write an error and those it came from, the first one first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from places(before)
        yield "\nand from it:\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__} {UNSAID}"


def pairs(_: Any, __: str, told: Told) -> str:
    """Write it as `name=value`, for the `logging` of somebody else's server."""
    event = told.pop("event")
    return " ".join([str(event), *(f"{name}={value}" for name, value in told.items())])


def JSON(_: Any, __: str, told: Told) -> str:  # noqa: N802 - a shape, as the one that text() gives
    """Write it as one line of JSON."""
    first = {name: told.pop(name, None) for name in ("timestamp", "level", "event")}
    return ENCODE({**first, **told})


def text(*, colours: bool) -> Shape:
    """Give the shape for people, in colours or not."""
    return structlog.dev.ConsoleRenderer(
        colors=colours, sort_keys=False, pad_event_to=0, pad_level=False
    )


ADDED: tuple[Any, ...] = (subject_of, structlog.processors.add_log_level, dated)
"""What every line has."""


def formatter(shape: Shape) -> logging.Formatter:
    """Write what is said by `logging` in the same shape."""
    return ProcessorFormatter(
        processors=[ProcessorFormatter.remove_processors_meta, failed, shape],
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *ADDED],
        keep_exc_info=False,
    )
