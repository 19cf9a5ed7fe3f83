"""What stands on the page of metrics? Each with its labels, read off the table."""

from collections.abc import Iterator

from librarian.catalog.reference import table
from librarian.metrics.table import OTHER, SECONDS, TABLE, Label

HEAD = """\
# What is seen from outside?

Generated from the code by `make docs`; do not edit.

`GET /metrics` tells it in Prometheus' text format, for all processes of this service together:
whichever of them answers. It is answered to this machine itself, and elsewhere to whoever sends a
review key (`Authorization: Bearer …`, [access.md](access.md)). What came through a proxy is never
this machine's: a proxy on the same machine must say for whom it asks (`X-Forwarded-For`), as
[deploy/nginx.conf](../deploy/nginx.conf) has it. Counters begin at 0 when the service begins; a
replaced or killed worker takes nothing with it. Several machines are told apart by Prometheus' own
label `instance`.

[deploy/prometheus/](../deploy/prometheus/prometheus.yml) holds a configuration of Prometheus and
[rules](../deploy/prometheus/rules.yml) for alerts,
[deploy/grafana/librarian.json](../deploy/grafana/librarian.json) a dashboard.
"""
LOGS = """\
## Log lines

Each line goes to standard error: JSON, or text where that is a terminal (`--log-format json` or
`text` chooses; `--log-level`, and `--verbose` for `debug`). Every line of a request has its
`request_id` (also in the answer, as `X-Request-Id`), the `uid` and the `stage`, as soon as they are
known; the last one is `"event": "request"`. That `/livez`, `/readyz` and `/metrics` answer well is
said for `debug` only.

```json run-by: tests/logs/test_logs.py
{"timestamp": "2026-11-24T18:09:40.445491Z", "level": "info", "event": "request",
 "logger": "librarian.requests", "method": "PUT", "route": "/upload", "status": 415, "ms": 8.1,
 "rules": "format", "request_id": "b9ba20266740f2ca6b038f40cbca0ceb",
 "uid": "6b05d2e4a3c87881fbeead2a", "stage": "type"}
```

No line holds a body, a label, a query, an address or a key. An error is told by its kind and the
places in the code that it passed; what it said is left out, for it may quote what was sent.

## Errors, told to Sentry

`LIBRARIAN_SENTRY_DSN` (with `pip install "data-librarian[sentry]"`) has bugs of the service told
to Sentry, or to what speaks its protocol: kind, places in the code, version, request id, uid and
stage, and nothing else. Refusals, and stores that do not answer, are no bugs: metrics and log lines
tell of them. Without it nothing is sent anywhere, and nothing of it is loaded.
"""
LABELS = f"""\
Every label has few values, all known beforehand: nothing that a client sends becomes one. A rule
of a component of another package is `{OTHER}`. A series of labels is told from its first event on;
those that alerts ask for are told at 0 before.
"""


def metrics() -> str:
    """Write the whole page."""
    return "\n".join([HEAD, "## Metrics\n", LABELS, *_metrics(), LOGS])


def _metrics() -> Iterator[str]:
    rows = []
    for metric in TABLE:
        labels = ", ".join(f"`{label.name}`" for label in metric.labels)
        rows.append((f"`{metric.name}`", metric.kind, labels, metric.help))
    yield table(("metric", "kind", "labels", "meaning"), rows)
    bounds = ", ".join(f"{bound:g}" for bound in SECONDS)
    yield f"Durations are counted under these bounds, in seconds: {bounds}.\n"
    yield "## Labels\n"
    told = [(metric.name, label) for metric in TABLE for label in metric.labels]
    yield table(
        ("metric", "label", "meaning", "values"),
        [(f"`{name}`", f"`{label.name}`", label.help, _values(label)) for name, label in told],
    )


def _values(label: Label) -> str:
    return ", ".join(f"`{value}`" for value in label.values) or "as configured"
