"""What is counted of one service? Whatever stands in the table, over all its processes.

To count costs half a microsecond, for the places of all series are laid out beforehand: which
values a label can have is known, and a rule that is not is counted as `other`.
"""

import itertools
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType

from librarian.metrics.cells import Cells
from librarian.metrics.table import (
    IN_FLIGHT,
    OTHER,
    REFUSALS,
    STORE_SECONDS,
    TABLE,
    Metric,
)
from librarian.stage import Exists

Series = tuple[str, ...]
"""The values of a metric's labels."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series as it stands: a number, or a histogram's counts by bucket and its sum."""

    labels: Series
    value: float
    counts: tuple[float, ...] = ()


class Metrics:
    """Counts for one service, and tells what was counted."""

    def __init__(self, steps: Mapping[str, str], workers: int = 1) -> None:
        """Lay out the places of all series; `steps` are the stores' paths, each with its stage."""
        self._places: dict[tuple[str, Series], int] = {}
        self.began = time.time()
        columns = 0
        for metric in TABLE:
            if not metric.asked:
                for labels in _combinations(metric, steps):
                    self._places[metric.name, labels] = columns
                    columns += len(metric.buckets) + 2 if metric.buckets else 1
        passing = [self._places[IN_FLIGHT.name, ()]]
        self._cells = Cells(columns, 2 * workers + 2, passing)

    def begin(self) -> None:
        """Count this process among those that serve; whatever it counts first does so, too."""
        self._cells.begin()

    def count(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        """Add to a counter or a gauge."""
        self._cells.add((self._places[metric.name, labels], amount))

    def refused(self, stage: str, rule: str) -> None:
        """Count a refusal; a rule that is not known beforehand is `other`."""
        known = (REFUSALS.name, (stage, rule)) in self._places
        self.count(REFUSALS, stage, rule if known else OTHER)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Put a value into a histogram."""
        place, buckets = self._places[metric.name, labels], metric.buckets
        at = bisect_left(buckets, value)
        self._cells.observe(place + at, place + len(buckets) + 1, value)

    def timed(self, metric: Metric, *labels: str) -> AbstractContextManager[None]:
        """Put into a histogram how long the block runs, in seconds."""
        place = self._places[metric.name, labels]
        return _Timed(self._cells, metric.buckets, place, place)

    def of_store(self, path: str, stage: str) -> Callable[[str], AbstractContextManager[None]]:
        """Give what times the calls of one store; told its verb, it times one."""
        cells, buckets = self._cells, STORE_SECONDS.buckets

        def place(verb: str, result: str) -> int:
            return self._places[STORE_SECONDS.name, (stage, path, verb, result)]

        verbs = STORE_SECONDS.labels[2].values
        places = {verb: (place(verb, "done"), place(verb, "failed")) for verb in verbs}
        return lambda verb: _Timed(cells, buckets, *places[verb])

    @property
    def workers(self) -> int:
        """How many processes serve."""
        return self._cells.living

    def samples(self) -> Iterator[tuple[Metric, Sequence[Sample]]]:
        """Give everything that was counted; series of labels at nothing only where they begin."""
        sums = self._cells.sums()
        by_name: dict[str, list[Sample]] = {}
        metrics = {metric.name: metric for metric in TABLE}
        for (name, labels), place in self._places.items():
            metric = metrics[name]
            width = len(metric.buckets) + 1 if metric.buckets else 1
            counts = tuple(sums[place : place + width])
            if not any(counts) and metric.labels and labels not in metric.begins:
                continue
            value = sums[place + width] if metric.buckets else counts[0]
            sample = Sample(labels, value, counts if metric.buckets else ())
            by_name.setdefault(name, []).append(sample)
        for metric in TABLE:
            if not metric.asked:
                yield metric, by_name.get(metric.name, [])


class _Timed:
    """Runs a block, and puts how long it took where it belongs, by whether it failed."""

    __slots__ = ("_buckets", "_cells", "_done", "_failed", "_started")

    def __init__(self, cells: Cells, buckets: Sequence[float], done: int, failed: int) -> None:
        self._cells, self._buckets, self._done, self._failed = cells, buckets, done, failed

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Tell; that something exists already is an answer, and no failure of a store."""
        seconds = perf_counter() - self._started
        place = self._done if error is None or isinstance(error, Exists) else self._failed
        at = bisect_left(self._buckets, seconds)
        self._cells.observe(place + at, place + len(self._buckets) + 1, seconds)


def _combinations(metric: Metric, steps: Mapping[str, str]) -> Iterator[Series]:
    """Give every combination of a metric's labels; a store stands in one stage only."""
    if metric is STORE_SECONDS:
        _, _, verb, result = metric.labels
        for path, stage in steps.items():
            for rest in itertools.product(verb.values, result.values):
                yield (stage, path, *rest)
    else:
        yield from itertools.product(*(label.values for label in metric.labels))
