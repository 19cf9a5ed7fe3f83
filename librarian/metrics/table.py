"""What is measured? THE table: `/metrics`, its page of the docs and the checks of rules follow it.

Names and units follow Prometheus' own conventions: seconds and bytes, `_total` for what only grows.
Every label has few values, all known beforehand: what a client sends never becomes one.
"""

from dataclasses import dataclass
from typing import Literal

from librarian.metrics.rules import RULES
from librarian.stage import (
    CROSS_VALIDATION,
    DATA_STORE,
    DATA_VALIDATION,
    INTERNAL,
    LABEL_STORE,
    LABEL_VALIDATION,
    OVERLOAD,
    RECEIVE,
    STAGES,
)

OTHER = "other"
"""Stands for every value that is none of a label's."""
NONE = "none"
"""The stage of what was not refused."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of what a duration is counted under; clients give up after ten, hosts after 30."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label: what it says, and the values it may have; none where the settings give them."""

    name: str
    help: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    asked: bool = False
    """Whether it is looked up when somebody asks, and not counted."""
    begins: tuple[tuple[str, ...], ...] = ()
    """Series that are told from the start, at 0, so that their first increase shows."""

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which Prometheus has it."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{each}" for each in ("bucket", "sum", "count"))
        return (self.name,)


STAGE = Label("stage", "the slug of the stage that refused it", tuple(s.slug for s in STAGES))
RULE = Label("rule", "the rule that was broken first", (*RULES, OTHER))
STEP = Label("step", "the store's place in the configuration, like `LABEL_ACTOR_CONFIG[0]`")
ROUTE = Label(
    "route", "the address, `page` for the page's own form", ("upload", "put", "page", OTHER)
)
STATE = Label("state", "whether it is still tried, or given up", ("waiting", "dead"))

REQUESTS = Metric(
    "librarian_request_seconds",
    "histogram",
    "how long requests took, from their first byte to the answer",
    (
        ROUTE,
        Label("stage", f"the stage that refused it, or `{NONE}`", (NONE, *STAGE.values)),
    ),
    SECONDS,
    begins=(("upload", NONE), ("put", NONE)),
)
REFUSALS = Metric(
    "librarian_refusals_total",
    "counter",
    "requests that were refused, each once, by the first fault",
    (STAGE, RULE),
    begins=(
        (INTERNAL.slug, "internal"),
        (DATA_STORE.slug, "unavailable"),
        (LABEL_STORE.slug, "unavailable"),
        (OVERLOAD.slug, "in-flight"),
        (OVERLOAD.slug, "memory"),
    ),
)
CONTRIBUTIONS = Metric(
    "librarian_contributions_total",
    "counter",
    "contributions that were accepted",
    (
        Label(
            "outcome",
            "`stored` now, `replayed` from an earlier request, `spooled` to be stored later",
            ("stored", "replayed", "spooled"),
        ),
    ),
    begins=(("stored",), ("replayed",), ("spooled",)),
)
STAGE_SECONDS = Metric(
    "librarian_stage_seconds",
    "histogram",
    "how long each stage worked on a contribution; `receive` is decoding, without the network",
    (
        Label(
            "stage",
            "the stage's slug",
            tuple(s.slug for s in (RECEIVE, LABEL_VALIDATION, DATA_VALIDATION, CROSS_VALIDATION)),
        ),
    ),
    SECONDS,
)
BODY_SECONDS = Metric(
    "librarian_body_seconds",
    "histogram",
    "how long bodies took to come in: the contributors' lines",
    buckets=SECONDS,
)
STORE_SECONDS = Metric(
    "librarian_store_seconds",
    "histogram",
    "how long each store took for one call",
    (
        Label("stage", "`data-store` or `label-store`", (DATA_STORE.slug, LABEL_STORE.slug)),
        STEP,
        Label("verb", "what it was asked for", ("act", "undo", "fetch")),
        Label("result", "whether it could; a store left alone could not", ("done", "failed")),
    ),
    SECONDS,
)
RECEIVED_BYTES = Metric(
    "librarian_received_bytes_total", "counter", "bytes of data that came, decoded"
)
STORED_BYTES = Metric(
    "librarian_stored_bytes_total", "counter", "bytes of data of records stored or spooled"
)
IN_FLIGHT = Metric("librarian_in_flight", "gauge", "contributions that are being worked on")
PLACES = Metric(
    "librarian_in_flight_places",
    "gauge",
    "contributions that all processes can work on at one time",
    asked=True,
)
SPOOLED = Metric(
    "librarian_spool_records", "gauge", "records in the spool of this machine", (STATE,), asked=True
)
SPOOL_BYTES = Metric("librarian_spool_bytes", "gauge", "bytes that the spool takes", asked=True)
SPOOL_ROOM = Metric("librarian_spool_room_bytes", "gauge", "bytes that it may take", asked=True)
SPOOL_AGE = Metric(
    "librarian_spool_oldest_seconds",
    "gauge",
    "how long the oldest record in the spool waits; 0 where none does",
    asked=True,
)
OUTBOX = Metric(
    "librarian_outbox_deliveries",
    "gauge",
    "what is still to be told to others (webhook), on this machine",
    (STATE,),
    asked=True,
)
JOURNAL = Metric(
    "librarian_journal_waiting",
    "gauge",
    "attempts at storing that are left to be settled, on this machine",
    asked=True,
)
WORKERS = Metric("librarian_workers", "gauge", "processes that serve", asked=True)
STARTED = Metric(
    "librarian_start_time_seconds", "gauge", "when the service began, in Unix time", asked=True
)
INFO = Metric(
    "librarian_info",
    "gauge",
    "always 1; says what is running",
    (
        Label("version", "of DataLibrarian"),
        Label("config", "tells configurations apart, as in `_librarian` of a record"),
    ),
    asked=True,
)

TABLE: tuple[Metric, ...] = (
    REQUESTS, REFUSALS, CONTRIBUTIONS, STAGE_SECONDS, BODY_SECONDS, STORE_SECONDS, RECEIVED_BYTES,
    STORED_BYTES, IN_FLIGHT, PLACES, SPOOLED, SPOOL_BYTES, SPOOL_ROOM, SPOOL_AGE, OUTBOX, JOURNAL,
    WORKERS, STARTED, INFO,
)  # fmt: skip
