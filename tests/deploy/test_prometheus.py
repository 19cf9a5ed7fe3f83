"""Do the rules and the dashboard ask for what there is, and do alerts ring when they should?"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from librarian.metrics import Metrics
from librarian.metrics.table import INFO, REFUSALS, TABLE
from librarian.metrics.text import written
from tests.deploy import expressions

ROOT = Path(__file__).parent.parent.parent
RULES = ROOT / "deploy/prometheus/rules.yml"
BOARD = json.loads((ROOT / "deploy/grafana/librarian.json").read_text(encoding="utf-8"))
ALERTS = [
    rule
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = BOARD["panels"]
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not installed (on Debian: apt-get install prometheus)"
)


def promtool(*arguments: str, **more: Any) -> str:
    assert PROMTOOL is not None
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [PROMTOOL, *arguments], capture_output=True, text=True, timeout=60, check=False, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_what_there_is_and_says_what_to_do(alert: dict[str, Any]) -> None:
    assert expressions.faults(alert["expr"]) == []
    assert alert["alert"].startswith("Librarian")
    assert alert["labels"]["severity"] in ("page", "warn")
    assert set(alert["annotations"]) == {"summary", "action"}
    said = " ".join(alert["annotations"].values())
    assert set(re.findall(r"\$labels\.(\w+)", said)) <= expressions.labels_of(alert["expr"])


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_asks_for_what_there_is(panel: dict[str, Any]) -> None:
    assert panel["description"]
    assert panel["targets"]
    for target in panel["targets"]:
        assert expressions.faults(target["expr"]) == []
        shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert shown <= expressions.labels_of(target["expr"])


def test_the_panels_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        at = panel["gridPos"]
        own = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not own & taken
        assert max(x for x, _ in own) < 24
        taken |= own
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_every_metric_is_shown_somewhere() -> None:
    asked = "".join(target["expr"] for panel in PANELS for target in panel["targets"])
    assert [metric.name for metric in TABLE if metric.name not in asked] == []


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("rate(librarian_nothing_total[5m])", "there is no metric librarian_nothing_total"),
        ("librarian_request_seconds", "there is no metric librarian_request_seconds"),
        ('librarian_in_flight{stage="type"}', "librarian_in_flight has no label stage"),
        (
            'librarian_refusals_total{stage="typo"}',
            "librarian_refusals_total: stage is never typo",
        ),
        (
            'librarian_refusals_total{stage=~"type|typo"}',
            "librarian_refusals_total: stage is never type|typo",
        ),
        ("sum by (rule) (librarian_in_flight)", "nothing here has the label rule"),
        (
            'librarian_store_seconds_count{le="1"}',
            "librarian_store_seconds_count has no label le",
        ),
        ("summ(librarian_in_flight)", "there is no metric summ"),
        ("librarian_refusals_total{stage}", "librarian_refusals_total: cannot be read: stage"),
    ],
)
def test_an_expression_that_asks_for_what_is_not_there_is_found(
    expression: str, fault: str
) -> None:
    assert expressions.faults(expression) == [fault]


@needs_promtool
def test_promtool_takes_configuration_rules_and_what_is_told() -> None:
    promtool("check", "config", "prometheus.yml", cwd=RULES.parent)
    metrics = Metrics({"LABEL_ACTOR_CONFIG[0]": "label-store"})
    metrics.refused("type", "format")
    text, _ = written(metrics, {INFO: {("1.0", "c0ffee"): 1}})
    assert promtool("check", "metrics", input=text.decode()) == ""


def ringing() -> Iterator[dict[str, Any]]:
    """Give what alerts should do: series as they come, each minute, and what rings when."""

    def one(alert: str, minute: int, series: dict[str, str], **labels: str) -> dict[str, Any]:
        (rule,) = (rule for rule in ALERTS if rule["alert"] == alert)
        labels = {"instance": "a", **labels}
        summary = rule["annotations"]["summary"]
        for name, value in labels.items():
            summary = summary.replace(f"{{{{ $labels.{name} }}}}", value)
        told = {"summary": summary, "action": rule["annotations"]["action"]}
        rings = {
            "exp_labels": {**labels, "severity": rule["labels"]["severity"]},
            "exp_annotations": told,
        }
        return {
            "interval": "1m",
            "input_series": [{"series": s, "values": v} for s, v in series.items()],
            "alert_rule_test": [
                {"eval_time": "4m", "alertname": alert, "exp_alerts": []},
                {"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": [rings]},
            ],
        }

    bug = f'{REFUSALS.name}{{instance="a", stage="internal", rule="internal"}}'
    yield one("LibrarianBug", 8, {bug: "0x5 1x20"})
    step = 'instance="a", stage="label-store", step="LABEL_ACTOR_CONFIG[0]", verb="act"'
    calls = "librarian_store_seconds_count"
    yield one(
        "LibrarianStoreFails",
        30,
        {
            f'{calls}{{{step}, result="done"}}': "0+60x40",
            f'{calls}{{{step}, result="failed"}}': "0x10 0+30x30",
        },
        step="LABEL_ACTOR_CONFIG[0]",
    )
    yield one(
        "LibrarianSpoolFills",
        8,
        {
            'librarian_spool_bytes{instance="a"}': "10x5 90x10",
            'librarian_spool_room_bytes{instance="a"}': "100x15",
        },
    )
    refused = f'{REFUSALS.name}{{instance="a", stage="data-validation", rule="blurred"}}'
    stored = 'librarian_contributions_total{instance="a", outcome="stored"}'
    yield one("LibrarianManyRefused", 95, {refused: "0+6x120", stored: "0+4x120"})


@needs_promtool
def test_alerts_ring_when_they_should_and_not_before(tmp_path: Path) -> None:
    shutil.copy(RULES, tmp_path)
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": list(ringing())}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(tests))
    assert "SUCCESS" in promtool("test", "rules", "tests.yml", cwd=tmp_path)
