"""Has enough been collected? Each quota holds a place while a record is stored, then counts it.

Exact whoever asks at once: a place is taken before anything is stored, and given back if nothing
is, or if the record turns out to have been stored before. An answer that leaves open whether it was
stored counts. If the storage does not answer, nothing is stored (`overload`): a quota is a promise
about what is kept.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from librarian import strictjson
from librarian.breaker import Breaker
from librarian.commit import UNSETTLED
from librarian.counting import name_of
from librarian.counting.storage import Counting
from librarian.paths import ABSENT, find, path_of
from librarian.problem import Problem
from librarian.record import LABELS, Receipt, Record
from librarian.settings.quota import QuotaConfig
from librarian.stage import OVERLOAD, RATE, Failure, StoreError

log = logging.getLogger(__name__)
SPARE = 30.0
"""Seconds beyond those of storing for which a place is held whose process died."""
DAY = 86400
WINDOWS = {"hour": (3600, 0), "day": (DAY, 0), "week": (7 * DAY, 3 * DAY)}
"""Length in seconds, and how long before the Unix epoch, a Thursday, the first one began."""
NOW = {"hour": "for this hour", "day": "for today", "week": "for this week"}
THEN = {"hour": "in the next hour", "day": "tomorrow", "week": "next week"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one quota counts together: a value, a contributor, a day."""

    quota: QuotaConfig
    name: str
    value: str
    """The label's value as people are told it, empty where values are not told apart."""
    until: float | None
    """The Unix time at which it begins anew."""


class Quotas:
    """The quotas of one service; false where there are none."""

    def __init__(self, quotas: Sequence[QuotaConfig], counting: Counting, seconds: float) -> None:
        self._quotas = tuple(quotas)
        self._counting = counting
        self._seconds = seconds + SPARE
        self._breaker = Breaker()

    def __bool__(self) -> bool:
        return bool(self._quotas)

    def counted(self, record: Record, store: Callable[[], Receipt]) -> Receipt:
        """Have a record stored if every quota has a place for it. Raises Failure."""
        attempt = secrets.token_hex(8)
        buckets = list(_buckets(self._quotas, record))
        self._take(buckets, record, attempt)
        try:
            receipt = store()
        except Failure as failure:
            unsure = failure.problems[0].rule == UNSETTLED
            self._end(buckets, record.uid, attempt, stored=unsure)
            raise
        except BaseException:
            self._end(buckets, record.uid, attempt, stored=False)
            raise
        self._end(buckets, record.uid, attempt, stored=not receipt.replayed)
        return receipt

    def _take(self, buckets: Sequence[Bucket], record: Record, attempt: str) -> None:
        """Hold a place in every bucket, or in none. Raises Failure with every full one."""
        held: list[Bucket] = []
        full: list[Bucket] = []
        try:
            for bucket in buckets:
                with self._breaker, self._counting.places() as places:
                    taken = places.take(
                        bucket.name,
                        record.uid,
                        attempt,
                        most=bucket.quota.most,
                        seconds=self._seconds,
                    )
                (held if taken else full).append(bucket)
        except StoreError as error:
            log.error("quotas cannot be counted, so nothing is stored: %s", error)
            self._end(held, record.uid, attempt, stored=False)
            message = "It cannot be told just now whether more is needed; please come again."
            raise Failure(OVERLOAD, Problem("quota-unavailable", message)) from error
        if full:
            self._end(held, record.uid, attempt, stored=False)
            raise _enough(full)

    def _end(self, buckets: Sequence[Bucket], uid: str, attempt: str, *, stored: bool) -> None:
        """Count a stored record, or give its places back; a place left behind is free in time."""
        for bucket in buckets:
            try:
                with self._breaker, self._counting.places() as places:
                    if stored:
                        places.keep(bucket.name, uid, until=bucket.until)
                    else:
                        places.free(bucket.name, uid, attempt)
            except StoreError as error:
                done = "counted" if stored else "given back"
                log.error("a place at %s was not %s: %s", uid, done, error)


def said(quota: QuotaConfig) -> str:
    """Say a quota on a terminal: `at most 20 for each contributor and day`."""
    each = [f"value of {quota.label}"] if quota.label else []
    each += [word for word in (quota.per, quota.every) if word]
    return f"at most {quota.most} records" + (f" for each {' and '.join(each)}" if each else "")


def _buckets(quotas: Sequence[QuotaConfig], record: Record) -> Iterator[Bucket]:
    """Give what the record counts in. Labels that are not there are not counted."""
    now = time.time()
    for quota in quotas:
        told, counted = "", [*quota.counted]
        if quota.label:
            value = find(record.labels.value, path_of(quota.label))
            if value is ABSENT:
                continue
            written = strictjson.dumps(value).decode()
            counted.append(written)
            told = value if isinstance(value, str) else written
        if quota.per:
            counted.append(record.contributor)
        until = None
        if quota.every:
            length, before = WINDOWS[quota.every]
            until = ((now + before) // length + 1) * length - before
            counted.append(str(until))
        yield Bucket(quota, name_of("quota", *counted), told, until)


def _enough(full: Sequence[Bucket]) -> Failure:
    waits = [0 if bucket.until is None else bucket.until - time.time() for bucket in full]
    wait = 0 if 0 in waits else max(1, round(max(waits) + 0.5))
    return Failure(RATE, *map(_problem, full), retry_after=wait)


def _problem(bucket: Bucket) -> Problem:
    quota = bucket.quota
    of = f" of “{bucket.value[:60]}”" if quota.label else ""
    now = f" {NOW[quota.every]}" if quota.every else ""
    from_you = " from you" if quota.per else ""
    again = f"please come again {THEN[quota.every]}" if quota.every else "thank you"
    message = f"Enough has been collected{of}{from_you}{now}; {again}."
    path = (LABELS, *path_of(quota.label)) if quota.label else ()
    return Problem("quota", message, path, limit=quota.most)
