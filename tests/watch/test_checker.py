"""Checking happens elsewhere and its result is told here, also when it cannot happen."""

import asyncio
import sys
from pathlib import Path

import pytest

from cors_authz.config import checker
from cors_authz.config.checker import MAX_FINDINGS, CheckedSnapshot, check_snapshot
from cors_authz.config.compile import compile_set
from cors_authz.config.finding import Level
from cors_authz.config.load import load
from cors_authz.config.snapshot import take_snapshot
from cors_authz.policy.terms import Mode

SET = """\
settings: {unmatched: deny, decisionLog: {allowed: 0.5}}
policies:
- name: shop
  tags: {env: prod}
  allowedHttpProtocols: [HTTP/1.1, HTTP/2]
  allowedMethods: [GET]
  allowedOrigins: [https://shop.example.com, '~https://[a-z]+\\.example\\.org']
  allowedHeaders: ['*', authorization]
  exposedHeaders: [x-total]
  maxAge: 5
  mode: headersOnly
  acknowledge: [wildcard-mixed]
apiGroups:
- {name: orders, hosts: [api.example.com], paths: [/orders], policies: [shop], sameOrigin: check}
"""


def check(path: Path, timeout_s: float = 60.0) -> CheckedSnapshot:
    return asyncio.run(check_snapshot(take_snapshot(path), timeout_s))


def test_a_checked_set_compiles_to_what_loading_it_here_gives(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text(SET)
    checked, loaded = check(tmp_path), load([tmp_path])
    assert checked.spec is not None
    assert loaded.loaded is not None
    assert checked.spec == loaded.spec
    here, there = loaded.loaded, compile_set(checked.spec)
    assert there.decision_log == here.decision_log
    assert there.policy_set.unmatched is here.policy_set.unmatched
    assert there.policy_set.revision == here.policy_set.revision
    assert there.policy_set.policies["shop"].grants == here.policy_set.policies["shop"].grants
    assert there.policy_set.policies["shop"].mode is Mode.HEADERS_ONLY
    assert there.policy_set.groups["orders"].paths == ("/orders",)


def test_every_finding_comes_back(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text("policies: [{name: 1}]\napiGroups: 7\n")
    checked, loaded = check(tmp_path), load([tmp_path])
    assert not checked.valid
    assert len(checked.findings) > 1
    assert checked.findings == loaded.findings
    assert checked.revision == loaded.revision


def test_of_very_many_findings_the_worst_are_told(tmp_path: Path) -> None:
    warned = SET.replace("acknowledge: [wildcard-mixed]", "acknowledge: []")
    policies = "policies:\n" + "- {name: 1}\n" * 2 * MAX_FINDINGS
    (tmp_path / "a.yaml").write_text(warned)
    (tmp_path / "b.yaml").write_text(policies)
    checked, loaded = check(tmp_path), load([tmp_path])
    assert len(checked.findings) == MAX_FINDINGS
    assert checked.omitted_findings == len(loaded.findings) - MAX_FINDINGS
    assert {finding.level for finding in loaded.findings} == {*Level}
    assert {finding.level for finding in checked.findings} == {Level.ERROR}


def test_what_could_not_be_read_refuses_the_set(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text(SET)
    (tmp_path / "more.yaml").symlink_to("gone")
    checked = check(tmp_path)
    assert not checked.valid
    assert [finding.file for finding in checked.findings] == [str(tmp_path / "more.yaml")]


def test_checking_that_takes_too_long_is_ended_and_told(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text(SET)
    checked = check(tmp_path, timeout_s=0.001)
    assert not checked.valid
    assert not checked.conclusive
    assert "took more than" in checked.findings[0].message


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ((sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"), "ended with -9"),
        (("/there/is/no/such/program",), "did not start"),
    ],
    ids=["the process is killed", "the process cannot be started"],
)
def test_a_process_that_cannot_check_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], told: str
) -> None:
    (tmp_path / "set.yaml").write_text(SET)
    monkeypatch.setattr(checker, "module_command", lambda _: command)
    checked = check(tmp_path)
    assert not checked.valid
    assert not checked.conclusive
    assert told in checked.findings[0].message
