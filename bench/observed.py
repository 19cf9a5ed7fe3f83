"""What does it cost to be seen from outside? All that is counted and said of one stored upload.

The plain way is prometheus-client's own metrics, of one process alone, and a line by `logging`.
"""

import io
import json
import logging
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from librarian import logs, subject
from librarian.logs import Requests, shapes
from librarian.metrics import Metrics
from librarian.metrics.table import (
    BODY_SECONDS,
    CONTRIBUTIONS,
    IN_FLIGHT,
    NONE,
    RECEIVED_BYTES,
    REQUESTS,
    STAGE_SECONDS,
    STORE_SECONDS,
    STORED_BYTES,
)
from librarian.stage import DATA_STORE, LABEL_STORE

STORES = {"DATA_ACTOR_CONFIG[0]": DATA_STORE.slug, "LABEL_ACTOR_CONFIG[0]": LABEL_STORE.slug}
STAGES = STAGE_SECONDS.labels[0].values
TOLD = {"method": "POST", "route": "/upload", "status": 201, "ms": 4.2}
ID = "b9ba20266740f2ca6b038f40cbca0ceb"
Way = Callable[[], None]


class Nowhere(io.StringIO):
    """A log that nobody reads, so that no disk is measured."""

    def write(self, text: str) -> int:
        """Forget it."""
        return len(text)


def ours() -> Way:
    """Give what we do for one upload."""
    metrics, requests = Metrics(STORES), Requests()
    requests.say = logs.lines(logging.INFO, shapes.JSON, Nowhere())
    calls = [metrics.of_store(path, stage) for path, stage in STORES.items()]

    def once() -> None:
        subject.begin(ID)
        metrics.count(IN_FLIGHT)
        with metrics.timed(BODY_SECONDS):
            pass
        for stage in STAGES:
            with metrics.timed(STAGE_SECONDS, stage):
                pass
        for call in calls:
            with call("act"):
                pass
        metrics.count(RECEIVED_BYTES, amount=30_000)
        metrics.count(STORED_BYTES, amount=30_000)
        metrics.count(CONTRIBUTIONS, "stored")
        metrics.count(IN_FLIGHT, amount=-1)
        metrics.observe(REQUESTS, 0.0042, "upload", NONE)
        requests.info(**TOLD)

    return once


def plain() -> Way:
    """Give the same as one would write it."""
    registry = CollectorRegistry()
    histograms = {
        each: Histogram(
            each.name, each.help, [label.name for label in each.labels], registry=registry,
            buckets=each.buckets,
        )
        for each in (REQUESTS, STAGE_SECONDS, BODY_SECONDS, STORE_SECONDS)
    }  # fmt: skip
    flying = Gauge(IN_FLIGHT.name, IN_FLIGHT.help, registry=registry)
    received, stored = (
        Counter(each.name, each.help, registry=registry) for each in (RECEIVED_BYTES, STORED_BYTES)
    )
    accepted = Counter(CONTRIBUTIONS.name, CONTRIBUTIONS.help, ["outcome"], registry=registry)
    log = logging.getLogger("bench.observed")
    log.propagate, log.handlers = False, [logging.StreamHandler(Nowhere())]
    log.handlers[0].setFormatter(logging.Formatter('{"timestamp": "%(asctime)s", %(message)s}'))
    log.setLevel(logging.INFO)

    def once() -> None:
        flying.inc()
        with histograms[BODY_SECONDS].time():
            pass
        for stage in STAGES:
            with histograms[STAGE_SECONDS].labels(stage).time():
                pass
        for path, stage in STORES.items():
            with histograms[STORE_SECONDS].labels(stage, path, "act", "done").time():
                pass
        received.inc(30_000)
        stored.inc(30_000)
        accepted.labels("stored").inc()
        flying.dec()
        histograms[REQUESTS].labels("upload", NONE).observe(0.0042)
        log.info(json.dumps({**TOLD, "request_id": ID})[1:-1])

    return once
