"""What does an expression of PromQL name? Metrics, matchers and labels, held against the table.

It reads as much of the language as our rules and our dashboard use.
"""

import re
from collections.abc import Iterator

from librarian.metrics.table import TABLE, Label, Metric

SERIES: dict[str, tuple[Metric, str]] = {
    name: (metric, name.removeprefix(metric.name)) for metric in TABLE for name in metric.series
}
"""Every name that Prometheus knows, with its metric, and what of a histogram it is."""
OF_PROMETHEUS = frozenset({"instance", "job"})
"""Labels that Prometheus itself puts on every series."""
WORDS = frozenset(
    {
        "by", "without", "or", "and", "unless", "sum", "max", "min", "topk", "rate", "increase",
        "histogram_quantile", "max_over_time", "min_over_time", "time", "up", "label_values",
    }
)  # fmt: skip
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?")
MATCHER = re.compile(r'([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
GROUPING = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")
RANGE = re.compile(r"\[[^\]]*\]")


def faults(expression: str) -> list[str]:
    """Say what in an expression is not as the table has it."""
    return list(_faults(expression))


def labels_of(expression: str) -> set[str]:
    """Give every label that what an expression gives may have."""
    found = set(OF_PROMETHEUS)
    for name, _ in _selectors(expression):
        if name in SERIES:
            found |= set(_labels(name))
    return found


def _faults(expression: str) -> Iterator[str]:
    for name, matchers in _selectors(expression):
        if name not in SERIES:
            if name not in WORDS:
                yield f"there is no metric {name}"
            continue
        known = _labels(name)
        rest = MATCHER.sub("", matchers).replace(",", "").strip()
        if rest:
            yield f"{name}: cannot be read: {rest}"
        for label, operator, value in MATCHER.findall(matchers):
            if label not in known and label not in OF_PROMETHEUS:
                yield f"{name} has no label {label}"
            elif label in known and not _possible(known[label], operator, value):
                yield f"{name}: {label} is never {value}"
    for group in GROUPING.findall(expression):
        for label in filter(None, re.split(r"[\s,]+", group)):
            if label not in labels_of(expression):
                yield f"nothing here has the label {label}"


def _selectors(expression: str) -> Iterator[tuple[str, str]]:
    """Yield each name with what stands in its braces; functions and words too."""
    bare = GROUPING.sub(" ", RANGE.sub(" ", expression))
    at = 0
    while (found := SELECTOR.search(bare, at)) is not None:
        yield found[1], found[2] or ""
        at = found.end()


def _labels(name: str) -> dict[str, Label]:
    metric, part = SERIES[name]
    own = {label.name: label for label in metric.labels}
    return own | ({"le": Label("le", "")} if part == "_bucket" else {})


def _possible(label: Label, operator: str, value: str) -> bool:
    if not label.values or "$" in value:
        return True
    wanted = value.split("|") if operator in ("=~", "!~") else [value]
    return all(each in label.values for each in wanted)
