"""What a scrape tells, from a real sidecar over HTTP."""

import asyncio
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from cors_authz.observability.gathered import METRICS_CONTENT_TYPE
from tests.docs.pages import ROOT, rows_of
from tests.observability.requests import CHECKS, POLICIES
from tests.support.checks import ask, ask_once
from tests.support.child import stop
from tests.support.json_lines import Entry
from tests.support.serving import serve_command, serve_environment
from tests.support.sidecar import Sidecar, run_sidecar

PAGE = ROOT / "docs/metrics.md"
CHECKS_NAME = "cors_authz_check_duration_seconds_count"
UNITS = ("_seconds", "_bytes", "_info", "_successful", "_fds")


def scrape_text(admin: str | None) -> str:
    with urllib.request.urlopen(f"http://{admin}/metrics", timeout=5) as response:
        assert response.headers["content-type"] == METRICS_CONTENT_TYPE
        text: str = response.read().decode()
        return text


def scrape(admin: str | None) -> dict[str, Metric]:
    return {metric.name: metric for metric in text_string_to_metric_families(scrape_text(admin))}


def value(admin: str | None, sample: str, **labels: str) -> float:
    """The sum of all samples of this name that have these labels."""
    return sum(
        found.value
        for metric in scrape(admin).values()
        for found in metric.samples
        if found.name == sample and labels.items() <= found.labels.items()
    )


def wait_until(holds: Callable[[], bool], timeout_s: float = 15) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module", name="sidecar")
def fixture_sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    """Two workers, each of which was asked everything once."""
    directory = tmp_path_factory.mktemp("metrics")
    policies = directory / "policies.yaml"
    policies.write_text(POLICIES.read_text())
    with run_sidecar(policies, directory, "--workers", "2") as sidecar:
        for target in sidecar.targets:
            for request in CHECKS.values():
                ask_once(target, request)
        wait_until(lambda: checks(sidecar) == 2 * len(CHECKS))
        yield sidecar


def checks(sidecar: Sidecar) -> float:
    return value(sidecar.admin, CHECKS_NAME)


def test_decisions_of_all_workers_are_added_up(sidecar: Sidecar) -> None:
    name = "cors_authz_decisions_total"
    assert value(sidecar.admin, name) == 2 * len(CHECKS)
    labels = {
        "group": "orders",
        "policy": "storefront",
        "kind": "preflight",
        "verdict": "deny",
        "reason": "header_not_allowed",
    }
    assert value(sidecar.admin, name, **labels) == 2
    assert value(sidecar.admin, name, verdict="withhold", group="partners") == 2
    assert value(sidecar.admin, name, group="", reason="no_group") == 2


def test_shadow_denials_are_counted_for_the_policy_that_would_deny(sidecar: Sidecar) -> None:
    assert value(sidecar.admin, "cors_authz_shadow_denials_total") == 2
    labels = {"group": "trial", "policy": "", "reason": "origin_not_allowed"}
    assert value(sidecar.admin, "cors_authz_shadow_denials_total", **labels) == 2


def test_each_group_has_both_series_whatever_it_was_asked(sidecar: Sidecar) -> None:
    samples = scrape(sidecar.admin)["cors_authz_decisions"].samples
    for group in ("orders", "partners", "trial"):
        verdicts = {s.labels["verdict"] for s in samples if s.labels["group"] == group}
        assert {"allow", "deny"} <= verdicts


def test_no_label_holds_what_came_from_a_request(sidecar: Sidecar) -> None:
    text = scrape_text(sidecar.admin)
    for told in ("evil.example", "shop.example.com", "/orders", "elsewhere"):
        assert told not in text


def test_buckets_run_from_50_microseconds_to_50_milliseconds(sidecar: Sidecar) -> None:
    histogram = scrape(sidecar.admin)["cors_authz_check_duration_seconds"]
    bounds = [float(s.labels["le"]) for s in histogram.samples if s.name.endswith("_bucket")]
    assert (bounds[0], bounds[-2:]) == (0.00005, [0.05, float("inf")])
    counts = [s.value for s in histogram.samples if s.name.endswith("_bucket")]
    assert counts == sorted(counts)
    assert counts[-1] == 2 * len(CHECKS)


def test_names_and_help_are_as_prometheus_wants_them(sidecar: Sidecar) -> None:
    for metric in scrape(sidecar.admin).values():
        assert metric.documentation.endswith("."), metric.name
        assert metric.type in {"counter", "gauge", "histogram"}, metric.name
        assert metric.name.startswith(("cors_authz_", "process_")), metric.name
        assert metric.type == "counter" or metric.name.endswith(UNITS), metric.name
        for sample in metric.samples:
            assert sample.name.endswith("_total") == (metric.type == "counter"), sample.name


def test_promtool_has_nothing_to_say(sidecar: Sidecar) -> None:
    result = subprocess.run(
        ["promtool", "check", "metrics"],
        input=scrape_text(sidecar.admin),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_page_has_every_metric_with_its_type_and_labels(sidecar: Sidecar) -> None:
    text = PAGE.read_text().partition("## Which series")[0]
    documented = {row[0].strip("`"): row for row in rows_of(text)}
    found = {}
    for metric in scrape(sidecar.admin).values():
        name = metric.name + ("_total" if metric.type == "counter" else "")
        labels = {label for s in metric.samples for label in s.labels} - {"le"}
        found[name] = (metric.type, labels)
    assert set(documented) == set(found)
    for name, (kind, labels) in found.items():
        assert documented[name][1].split(",")[0] == kind, name
        said = documented[name][2].partition(":")[0]
        assert {label.strip("` ") for label in said.split(",") if label} == labels, name
        assert name.removesuffix("_total") in documented[name][4], name


def test_a_workers_end_loses_no_counts(tmp_path: Path) -> None:
    with run_sidecar(POLICIES, tmp_path) as sidecar:
        for request in CHECKS.values():
            ask_once(sidecar.targets[0], request)
        wait_until(lambda: checks(sidecar) == len(CHECKS))
        os.kill(sidecar.life.wait_for("started")["workers"][0]["pid"], signal.SIGKILL)
        sidecar.life.wait_for("worker_replaced")
        assert checks(sidecar) == len(CHECKS)
        ask_once(sidecar.targets[0], CHECKS["actual"])
        wait_until(lambda: checks(sidecar) == len(CHECKS) + 1)
        assert value(sidecar.admin, "cors_authz_worker_restarts_total", worker="0") == 1


def test_reloads_show(tmp_path: Path) -> None:
    policies = tmp_path / "policies.yaml"
    policies.write_text(POLICIES.read_text())
    with run_sidecar(policies, tmp_path) as sidecar:

        def told(result: str) -> tuple[float, float]:
            successful = value(sidecar.admin, "cors_authz_config_last_reload_successful")
            return successful, value(
                sidecar.admin, "cors_authz_config_reloads_total", result=result
            )

        assert told("success") == (1, 1)
        policies.write_text("policies: [")
        sidecar.life.wait_for("reload_failed")
        assert told("failure") == (0, 1)
        policies.write_text(POLICIES.read_text().replace("name: trial", "name: other"))
        revision = sidecar.life.wait_for("reloaded")["revision"]
        assert told("success") == (1, 2)
        assert value(sidecar.admin, "cors_authz_config_info", revision=revision) == 1
        assert "other" in {
            s.labels["group"] for s in scrape(sidecar.admin)["cors_authz_decisions"].samples
        }


def slowest_answer_s(target: str, count: int) -> float:
    took_s: list[float] = []
    requests = ((number, CHECKS["actual"]) for number in range(count))
    asyncio.run(ask(target, requests, lambda _, __, seconds: took_s.append(seconds)))
    return max(took_s)


@dataclass(frozen=True, slots=True)
class Unread:
    """A sidecar whose log nobody reads, unless the test does."""

    process: subprocess.Popen[bytes]
    lines: Iterator[Entry]
    """Those of its log; to ask for the next one is to read."""
    target: str
    admin: str


@pytest.fixture(name="unread")
def fixture_unread() -> Iterator[Unread]:
    reading, writing = os.pipe()
    addresses = ("--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
    command = serve_command("--config", POLICIES, *addresses)
    process = subprocess.Popen(command, stdout=writing, env=serve_environment())
    os.close(writing)
    with os.fdopen(reading, "rb") as log:
        try:
            lines: Iterator[Entry] = map(json.loads, log)
            started = next(line for line in lines if line["event"] == "started")
            yield Unread(process, lines, started["workers"][0]["address"], started["admin"])
        finally:
            stop(process)


def test_whoever_does_not_read_the_log_delays_no_check_and_no_end(unread: Unread) -> None:
    assert slowest_answer_s(unread.target, 12_000) < 1
    wait_until(lambda: value(unread.admin, CHECKS_NAME) == 12_000)
    assert value(unread.admin, "cors_authz_decision_log_dropped_total") > 1_000
    began_s = time.monotonic()
    unread.process.send_signal(signal.SIGTERM)
    assert unread.process.wait(20) == 0
    assert time.monotonic() - began_s < 12


def test_every_line_is_written_or_counted_where_somebody_reads_late(unread: Unread) -> None:
    slowest_answer_s(unread.target, 12_000)
    written = 0
    while (line := next(unread.lines))["event"] == "decision":
        written += 1
    assert line["event"] == "log_dropped"
    assert line["lines"] > 1_000
    assert written + line["lines"] == 12_000
