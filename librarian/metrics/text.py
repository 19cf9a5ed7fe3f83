"""How is it written for Prometheus? In its text format, by its own library.

See https://prometheus.io/docs/instrumenting/exposition_formats/; the library is imported when
somebody asks for the first time.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from librarian.metrics import Metrics, Sample, Series
from librarian.metrics.table import TABLE, Metric

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

Asked = Mapping[Metric, Mapping[Series, float]]
"""What is looked up when somebody asks, by series."""


def written(metrics: Metrics, asked: Asked) -> tuple[bytes, str]:
    """Write everything that was counted or is looked up; give its content type beside it."""
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
    from prometheus_client.registry import Collector

    class Everything(Collector):
        def collect(self) -> Iterator["Family"]:
            counted = dict(metrics.samples())
            for metric in TABLE:
                looked_up = asked.get(metric, {})
                samples = counted.get(metric) or [Sample(*each) for each in looked_up.items()]
                yield _family(metric, samples)

    return generate_latest(Everything()), CONTENT_TYPE_PLAIN_0_0_4


def _family(metric: Metric, samples: Iterable[Sample]) -> "Family":
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    names = [label.name for label in metric.labels]
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(metric.name, metric.help, labels=names)
        for sample in samples:
            bounds = [*(str(bound) for bound in metric.buckets), "+Inf"]
            counts = [sum(sample.counts[: at + 1]) for at in range(len(bounds))]
            buckets = list(zip(bounds, counts, strict=True))
            histogram.add_metric(list(sample.labels), buckets, sample.value)
        return histogram
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=names)
    for sample in samples:
        family.add_metric(list(sample.labels), sample.value)
    return family
