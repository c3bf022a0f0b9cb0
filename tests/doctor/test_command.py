"""``cors-authz envoy doctor``, as it is called."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cors_authz.cli import main

_ROOT = Path(__file__).parents[2]
_RECOMMENDED = _ROOT / "deploy/envoy/envoy.yaml"
_POLICIES = Path(__file__).parent / "policies.yaml"


def _call(*words: str | Path, given: str | None = None) -> Result:
    words = ("envoy", "doctor", *words)
    return CliRunner().invoke(main, [str(word) for word in words], input=given)


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "envoy.yaml"
    text = _RECOMMENDED.read_text()
    text = text.replace("failure_mode_allow: false", "failure_mode_allow: true")
    path.write_text(text.replace("{max_retries: 1024}", "{max_retries: 3}"))
    return path


def test_a_healthy_configuration_is_told_with_what_was_looked_at() -> None:
    result = _call(_RECOMMENDED)
    expected = "healthy: 0 errors, 0 warnings, 0 notes\nlisteners: edge; cors-authz: cors_authz\n"
    assert (result.exit_code, result.stdout) == (0, expected)


def test_each_finding_has_its_place_the_line_and_a_fix(wrong: Path) -> None:
    result = _call(wrong)
    assert result.exit_code == 1
    first, where, line, caret, fix = result.stdout.splitlines()[:5]
    assert first.startswith(f"{wrong}:")
    assert ": error: while cors-authz does not answer" in first
    assert first.endswith("[failure-mode-allow]")
    path = "listeners[edge].filter_chains[0].http_filters[0].failure_mode_allow"
    assert where == f"    at {path}"
    assert line.endswith("|               failure_mode_allow: true")
    assert caret.endswith("|               ^")
    assert fix.startswith("    fix: set failure_mode_allow: false")
    assert "not healthy: 1 error, 1 warning, 0 notes" in result.stdout


def test_json_has_the_same(wrong: Path) -> None:
    result = _call(wrong, "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (document["healthy"], document["sidecar"]) == (False, ["cors_authz"])
    assert [f["id"] for f in document["findings"]] == ["failure-mode-allow", "retries-starved"]
    assert document["findings"][1] == {
        "id": "retries-starved",
        "severity": "warning",
        "file": str(wrong),
        "line": document["findings"][1]["line"],
        "column": 5,
        "where": "clusters[cors_authz].circuit_breakers",
        "why": "no more than 3 checks may be tried again at once: under load the others fail",
        "fix": "add circuit_breakers: {thresholds: [{max_retries: 1024}]}",
    }


def test_what_is_meant_so_can_be_ignored(wrong: Path) -> None:
    result = _call(wrong, "--ignore", "failure-mode-allow", "--ignore", "retries-starved")
    assert (result.exit_code, result.stdout.startswith("healthy: 0 errors")) == (0, True)


@pytest.mark.parametrize("rule", ["nothing", "configuration-unreadable"])
def test_what_cannot_be_ignored_is_wrong_usage(wrong: Path, rule: str) -> None:
    assert _call(wrong, "--ignore", rule).exit_code == 2


def test_the_standard_input_is_read() -> None:
    result = _call("-", given=_RECOMMENDED.read_text())
    assert result.exit_code == 0
    result = _call("-", given="a: [")
    assert (result.exit_code, result.stdout[:12]) == (1, "-:2:1: error")


def test_workers_are_compared_with_endpoints() -> None:
    assert _call(_RECOMMENDED, "--workers", "1").exit_code == 0
    result = _call(_RECOMMENDED, "--workers", "3")
    assert (result.exit_code, "[workers-unreached]" in result.stdout) == (1, True)


def test_groups_are_compared_with_the_policy_set(tmp_path: Path) -> None:
    text = _RECOMMENDED.read_text()
    extension = "check_settings: {context_extensions: {cors_authz.group: opne}}"
    path = tmp_path / "envoy.yaml"
    path.write_text(text.replace("disabled: true", extension))
    assert "[group-unknown]" not in _call(path).stdout
    result = _call(path, "--policies", _POLICIES)
    assert "there is no API group named opne" in result.stdout
    assert "fix: write open\n" in result.stdout


def test_a_policy_set_with_errors_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "policies.yaml"
    bad.write_text("policies: 7")
    result = _call(_RECOMMENDED, "--policies", bad)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not valid" in result.stderr


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_what_cannot_be_read_is_a_finding(tmp_path: Path, name: str) -> None:
    result = _call(tmp_path / name)
    assert result.exit_code == 1
    assert "it cannot be read" in result.stdout
    assert "|" not in result.stdout
    assert "[configuration-unreadable]" in result.stdout


def test_hostile_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "envoy.json"
    manager = {
        "@type": "type.googleapis.com/x.HttpConnectionManager",
        "route_config": {"virtual_hosts": [{"routes": [{"match": {}, "route": {"cluster": "a"}}]}]},
    }
    filters = [{"name": "\x1b[2J", "typed_config": manager}]
    listener = {"name": "\x1b[2Jedge\n", "filter_chains": [{"filters": filters}]}
    path.write_text(json.dumps({"static_resources": {"listeners": [listener]}}))
    result = _call(path)
    assert "[ext-authz-missing]" in result.stdout
    assert "\x1b" not in result.stdout
