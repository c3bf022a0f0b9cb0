"""Every expression of the dashboard, the alerts and the docs, run by the real Prometheus."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT, rows_of, section_of
from tests.monitoring.prometheus import Prometheus, run_prometheus
from tests.observability.requests import CHECKS, POLICIES
from tests.support.checks import ask
from tests.support.sidecar import run_sidecar

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="needs Prometheus; on Debian: prometheus"
)

MONITORING = ROOT / "deploy/monitoring"
RULES = MONITORING / "rules.yaml"
DASHBOARD: dict[str, Any] = json.loads((MONITORING / "dashboard.json").read_text())
EXPRESSIONS = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
ALERTS = {rule["alert"]: rule for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]}
METRICS_PAGE = ROOT / "docs/metrics.md"
DOCUMENTED = [row[4].strip("`") for row in rows_of(METRICS_PAGE.read_text().partition("## ")[0])]


@pytest.fixture(scope="module", name="prometheus")
def fixture_prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It scrapes a sidecar that has decided everything, the last time a moment ago."""
    directory = tmp_path_factory.mktemp("monitoring")
    policies = directory / "policies.yaml"
    policies.write_text(POLICIES.read_text())
    with (
        run_sidecar(policies, directory, "--workers", "2") as sidecar,
        run_prometheus(sidecar.admin or "", RULES, directory) as prometheus,
    ):
        for scrapes in (2, 4):
            for target in sidecar.targets:
                asyncio.run(ask(target, iter(enumerate(CHECKS.values())), lambda *_: None))
            prometheus.wait_for(f'count_over_time(up{{job="cors-authz"}}[1m]) >= {scrapes}')
        every_check = 4 * len(CHECKS)
        prometheus.wait_for(f"cors_authz_check_duration_seconds_count == {every_check}")
        policies.write_text("policies: [")
        prometheus.wait_for("cors_authz_config_last_reload_successful == 0")
        yield prometheus


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_every_panel_shows_something(prometheus: Prometheus, expression: str) -> None:
    filled = expression.replace("$__rate_interval", "1m").replace("$group", ".*")
    assert "$" not in filled
    for sample in prometheus.wait_for(filled):
        assert sample["value"][1] != "NaN"


def test_every_alert_is_evaluated(prometheus: Prometheus) -> None:
    prometheus.wait_for('ALERTS{alertname="CorsAuthzReloadFailing", alertstate="pending"}')
    rules = {rule["name"]: rule for rule in prometheus.rules()}
    assert set(rules) == set(ALERTS)
    for rule in rules.values():
        assert rule["health"] == "ok", rule


@pytest.mark.parametrize("alert", ALERTS)
def test_alerts_ask_for_metrics_that_exist(prometheus: Prometheus, alert: str) -> None:
    names = set(re.findall(r"cors_authz_\w+", ALERTS[alert]["expr"]))
    assert names
    for name in names:
        assert prometheus.query(name)


def test_an_alert_is_pending_only_where_something_is_wrong(prometheus: Prometheus) -> None:
    prometheus.wait_for('ALERTS{alertname="CorsAuthzReloadFailing"}')
    pending = {sample["metric"]["alertname"] for sample in prometheus.query("ALERTS")}
    assert pending - {"CorsAuthzDenialsRising"} == {"CorsAuthzReloadFailing"}


@pytest.mark.parametrize("expression", [e for e in DOCUMENTED if " > " not in e])
def test_the_queries_of_the_docs_give_something(prometheus: Prometheus, expression: str) -> None:
    assert prometheus.wait_for(expression)


def test_the_docs_have_queries_for_every_metric() -> None:
    assert all(DOCUMENTED)


def test_each_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    rules_test = Path(__file__).with_name("rules_test.yaml")
    for file in (RULES, rules_test):
        shutil.copy(file, tmp_path)
    for command in (("check", "rules", RULES.name), ("test", "rules", rules_test.name)):
        result = subprocess.run(
            ["promtool", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        assert "SUCCESS" in result.stdout


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_tried_and_documented(alert: str) -> None:
    tests = yaml.safe_load(Path(__file__).with_name("rules_test.yaml").read_text())["tests"]
    tried = [one for test in tests for one in test["alert_rule_test"]]
    fired = {bool(one.get("exp_alerts")) for one in tried if one["alertname"] == alert}
    assert fired == {True, False}
    rows = rows_of(section_of(METRICS_PAGE, "Dashboard and alerts"))
    assert f"`{alert}`" in [row[0] for row in rows]


def test_panels_do_not_lie_over_each_other() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    squares = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(squares) == len(set(squares))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
