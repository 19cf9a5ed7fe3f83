"""Is what is told what was counted, and can nobody fill it with ever new series?"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

import librarian
from librarian.metrics import Metrics
from librarian.metrics.rules import KEYWORDS, OWN
from librarian.metrics.table import (
    IN_FLIGHT,
    INFO,
    REFUSALS,
    REQUESTS,
    SECONDS,
    STORED_BYTES,
    TABLE,
    Metric,
)
from librarian.metrics.text import written
from librarian.stage import Exists, StoreError

PACKAGE = Path(librarian.__file__).parent
STORES = {"DATA_ACTOR_CONFIG[0]": "data-store", "LABEL_ACTOR_CONFIG[0]": "label-store"}


def told(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Read what is written, by Prometheus' own parser."""
    content, media_type = written(metrics, {INFO: {("1.0", 'a"b\\c\n'): 1}})
    assert media_type.startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parsed(content.decode())
        for sample in family.samples
    }


def series(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_a_histogram_counts_under_every_bound_that_a_value_fits() -> None:
    metrics = Metrics({})
    for seconds in (0.001, 0.02, 99.0):
        metrics.observe(REQUESTS, seconds, "upload", "none")
    said = told(metrics)
    at = {
        le: said[series("librarian_request_seconds_bucket", route="upload", stage="none", le=le)]
        for le in ("0.001", "0.01", "0.025", "30.0", "+Inf")
    }
    assert at == {"0.001": 1, "0.01": 1, "0.025": 2, "30.0": 2, "+Inf": 3}
    assert said[series("librarian_request_seconds_count", route="upload", stage="none")] == 3
    total = said[series("librarian_request_seconds_sum", route="upload", stage="none")]
    assert total == pytest.approx(99.021)


def test_counters_gauges_and_what_is_looked_up_stand_as_they_are() -> None:
    metrics = Metrics({})
    metrics.count(STORED_BYTES, amount=4096)
    metrics.count(IN_FLIGHT)
    metrics.count(IN_FLIGHT)
    metrics.count(IN_FLIGHT, amount=-1)
    said = told(metrics)
    assert said[series("librarian_stored_bytes_total")] == 4096
    assert said[series("librarian_in_flight")] == 1
    assert said[series("librarian_info", version="1.0", config='a"b\\c\n')] == 1


def test_a_rule_that_nobody_knows_is_other() -> None:
    metrics = Metrics({})
    for number in range(50):
        metrics.refused("label-validation", f"made-up-{number}")
    metrics.refused("type", "format")
    said = told(metrics)
    refused = {key: n for key, n in said.items() if key[0] == REFUSALS.name and n}
    assert refused == {
        series(REFUSALS.name, stage="label-validation", rule="other"): 50,
        series(REFUSALS.name, stage="type", rule="format"): 1,
    }


def test_what_alerts_ask_for_is_told_at_nothing() -> None:
    said = told(Metrics({}))
    assert said[series(REFUSALS.name, stage="internal", rule="internal")] == 0


def test_calls_of_a_store_are_timed_and_an_answer_is_no_failure() -> None:
    metrics = Metrics(STORES)
    calling = metrics.of_store("DATA_ACTOR_CONFIG[0]", "data-store")
    for raised in (None, StoreError("no"), Exists("there")):
        try:
            with calling("act"):
                if raised:
                    raise raised
        except StoreError:
            pass
    said = told(metrics)
    counts = {
        result: said[
            series(
                "librarian_store_seconds_count",
                stage="data-store", step="DATA_ACTOR_CONFIG[0]", verb="act", result=result,
            )
        ]
        for result in ("done", "failed")
    }  # fmt: skip
    assert counts == {"done": 2, "failed": 1}


@pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)
def test_every_metric_is_called_as_prometheus_asks(metric: Metric) -> None:
    assert re.fullmatch(r"librarian_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.name.endswith("_seconds") or metric.kind != "histogram"
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert metric.help
    assert metric.help[0].islower()


def test_the_buckets_grow() -> None:
    assert list(SECONDS) == sorted(set(SECONDS))


def rules_of(path: Path) -> Iterator[str]:
    """Find the rules that a file names: first arguments of a Problem, as they are or by a name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        ast.unparse(target): value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target, value in _assigned(node.targets[0], node.value)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name not in ("Problem", "_problem") or not node.args:
                continue
            first = constants.get(ast.unparse(node.args[0]), node.args[0])
            if isinstance(first, ast.Constant):
                yield str(first.value)


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def test_every_rule_of_this_package_is_known() -> None:
    named = {rule for path in PACKAGE.rglob("*.py") for rule in rules_of(path)}
    assert len(named) > 60
    assert named - OWN - KEYWORDS == set()


def test_every_keyword_of_json_schema_is_known() -> None:
    from jsonschema.validators import Draft202012Validator

    speechless = {"$ref", "$dynamicRef", "properties"}
    assert set(Draft202012Validator.VALIDATORS) - speechless <= KEYWORDS
