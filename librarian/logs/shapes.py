"""What does a log line look like? JSON for machines, or text for people; with the same in it.

Each says when, how grave, which part of the program, and of a request its id, uid and stage. What
an error said is left out, but for its kind and the places it passed: its words may hold what a
contributor sent.
"""

import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from librarian import moment, strictjson, subject

Told = dict[str, Any]
Shape = Callable[[Told], str]
JSON: Shape = strictjson.writer(json.JSONEncoder(ensure_ascii=False, default=str))
"""Write it as one line of JSON."""
UNSAID = "(what it said is left out, for it may hold what was sent)"


def whole(logger: str, level: str, event: str, told: Mapping[str, Any]) -> Told:
    """Put a line together; when it is said is told to the microsecond, in UTC (RFC 3339)."""
    line = {"timestamp": moment.precisely_now(), "level": level, "event": event, "logger": logger}
    line |= told
    return _of_subject(line)


def _of_subject(line: Told) -> Told:
    """Add what the line is about."""
    about = subject.current()
    if about.request_id:
        line["request_id"] = about.request_id
    if about.uid:
        line["uid"] = about.uid
    if about.stage:
        line["stage"] = about.stage
    return line


def places(error: BaseException) -> Iterator[str]:
    """Write an error and those it came from, the first one first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from places(before)
        yield "\nand from it:\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__} {UNSAID}"


def pairs(event: str, told: Mapping[str, Any]) -> str:
    """Write it as `name=value`, for the `logging` of somebody else's server."""
    line = _of_subject(dict(told))
    return " ".join([event, *(f"{name}={value}" for name, value in line.items())])


def text(*, colours: bool) -> Shape:
    """Give the shape for people, in colours or not."""
    from structlog import dev  # asks for asyncio too; a service at a host writes JSON

    shaped = dev.ConsoleRenderer(colors=colours, sort_keys=False, pad_event_to=0, pad_level=False)
    return lambda line: shaped(None, "", line)


class Formatter(logging.Formatter):
    """Writes what is said by `logging` in a shape; an error as the places it passed."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._shape = shape

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        told = {} if error is None else {"exception": "".join(places(error))}
        level = record.levelname.lower()
        return self._shape(whole(record.name, level, record.getMessage(), told))
