"""What is noted of every request, once it is answered? A log line, and its numbers.

Never a label, an address or a query, which may say who somebody is.
"""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus

from flask import Request, Response

from librarian import logs, subject
from librarian.metrics import Metrics
from librarian.metrics.table import BODY_SECONDS, NONE, OTHER, REQUESTS

ROUTES = {"/upload": "upload", "/upload/<key>": "upload", "/put": "put", "/": "page"}
"""The addresses that take contributions, as the table of metrics calls them."""

ASKED_ALL_DAY = frozenset({"/livez", "/readyz", "/metrics"})
"""What hosts and Prometheus ask for every few seconds; that all is well is no line to keep."""
HERE = "librarian.noted"
"""Where it is kept in a request's environment."""


@dataclass(slots=True)
class Noted:
    """What is noted of one request while it is answered; it changes as more becomes known."""

    metrics: Metrics
    request_id: str
    started: float
    stage: str = ""
    rules: tuple[str, ...] = ()


def begin(request: Request, metrics: Metrics, request_id: str) -> Noted:
    """Begin to note of a request, which has its id from now on."""
    noted = request.environ[HERE] = Noted(metrics, request_id, time.perf_counter())
    subject.begin(request_id)
    return noted


def of(request: Request) -> Noted:
    """Give what is noted of a request."""
    noted: Noted = request.environ[HERE]
    return noted


def body(request: Request) -> AbstractContextManager[None]:
    """Time how long a body takes to come."""
    return of(request).metrics.timed(BODY_SECONDS)


def note(request: Request, noted: Noted, response: Response) -> None:
    """Write the line and count the request."""
    seconds = time.perf_counter() - noted.started
    stage, rules, status = noted.stage, noted.rules, response.status_code
    rule = request.url_rule.rule if request.url_rule is not None else "-"
    taking = request.method in ("POST", "PUT")
    route = ROUTES.get(rule, OTHER) if taking else OTHER
    noted.metrics.observe(REQUESTS, seconds, route, stage or NONE)
    if stage:
        noted.metrics.refused(stage, rules[0])
    subject.current().stage = stage
    well = rule in ASKED_ALL_DAY and status == HTTPStatus.OK
    say = logs.REQUESTS.debug if well else logs.REQUESTS.info
    say(
        method=request.method,
        route=rule,
        status=status,
        ms=round(seconds * 1000, 1),
        **({"rules": ",".join(rules)} if rules else {}),
    )
