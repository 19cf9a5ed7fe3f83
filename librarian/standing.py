"""How does the service stand at this moment? What no request counts and somebody asks for."""

import logging
import time
from collections.abc import Mapping

from librarian import __version__
from librarian.metrics import Series
from librarian.metrics.table import (
    INFO,
    JOURNAL,
    OUTBOX,
    PLACES,
    SPOOL_AGE,
    SPOOL_BYTES,
    SPOOL_ROOM,
    SPOOLED,
    STARTED,
    WORKERS,
    Metric,
)
from librarian.outbox import Outbox
from librarian.pipeline import Pipeline
from librarian.spool import Spool, waits_since
from librarian.stage import StoreError

log = logging.getLogger(__name__)


def of(pipeline: Pipeline) -> dict[Metric, Mapping[Series, float]]:
    """Look up every metric that is asked; those of the spool and the outbox where they are used."""
    settings, metrics = pipeline.settings, pipeline.metrics
    told: dict[Metric, Mapping[Series, float]] = {
        PLACES: {(): settings.max_in_flight * settings.workers},
        JOURNAL: {(): pipeline.commit.journal.waiting() if pipeline.commit.journal else 0},
        WORKERS: {(): metrics.workers},
        STARTED: {(): metrics.began},
        INFO: {(__version__, pipeline.config): 1},
    }
    try:
        if pipeline.spool is not None:
            told |= _spool(pipeline.spool)
        if pipeline.commit.posts and pipeline.commit.outbox is not None:
            told[OUTBOX] = _outbox(pipeline.commit.outbox)
    except StoreError as error:
        log.error("what waits on this machine cannot be counted: %s", error)
    return told


def _spool(spool: Spool) -> dict[Metric, Mapping[Series, float]]:
    waiting, dead = spool.names(), spool.buried()
    return {
        SPOOLED: {("waiting",): len(waiting), ("dead",): len(dead)},
        SPOOL_BYTES: {(): spool.room.taken},
        SPOOL_ROOM: {(): spool.room.most},
        SPOOL_AGE: {(): max(0.0, time.time() - waits_since(waiting[0])) if waiting else 0.0},
    }


def _outbox(outbox: Outbox) -> Mapping[Series, float]:
    return {("waiting",): len(outbox.waiting()), ("dead",): outbox.buried()}
