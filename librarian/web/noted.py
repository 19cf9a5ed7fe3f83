"""What is noted of every request, once it is answered? A log line, and its numbers.

Never a label, an address or a query, which may say who somebody is.
"""

import time
from contextlib import AbstractContextManager
from http import HTTPStatus

from flask import Response, g, request

from librarian import logs, subject
from librarian.metrics import Metrics
from librarian.metrics.table import BODY_SECONDS, NONE, OTHER, REQUESTS

ROUTES = {"/upload": "upload", "/upload/<key>": "upload", "/put": "put", "/": "page"}
"""The addresses that take contributions, as the table of metrics calls them."""

ASKED_ALL_DAY = frozenset({"/livez", "/readyz", "/metrics"})
"""What hosts and Prometheus ask for every few seconds; that all is well is no line to keep."""


def body() -> AbstractContextManager[None]:
    """Time how long a body takes to come."""
    metrics: Metrics = g.metrics
    return metrics.timed(BODY_SECONDS)


def note(response: Response) -> None:
    """Write the line and count the request."""
    seconds = time.perf_counter() - g.started
    stage, rules = g.get("stage", ""), g.get("rules", ())
    metrics: Metrics = g.metrics
    rule = request.url_rule.rule if request.url_rule else "-"
    taking = request.method in ("POST", "PUT")
    metrics.observe(REQUESTS, seconds, ROUTES.get(rule, OTHER) if taking else OTHER, stage or NONE)
    if stage:
        metrics.refused(stage, rules[0])
    subject.current().stage = stage
    well = rule in ASKED_ALL_DAY and response.status_code == HTTPStatus.OK
    say = logs.REQUESTS.debug if well else logs.REQUESTS.info
    say(
        method=request.method,
        route=rule,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        **({"rules": ",".join(rules)} if rules else {}),
    )
