"""A changed policy set is put in force while checks go on; a bad one is not."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cors_authz.config.load import load
from tests.server.flips import SET_AT_START, flip_sets
from tests.support.checks import ask_once, preflight
from tests.support.kubelet import ConfigMapVolume
from tests.support.sidecar import Sidecar, run_sidecar

HOST, ORIGIN = "api.example.com", "https://shop.example.com"
REQUEST = preflight(HOST, ORIGIN)

SET = """\
settings: {{decisionLog: {{allowed: {share}}}}}
policies:
- name: shop
  allowedHttpProtocols: [HTTP/2]
  allowedMethods: [PUT]
  allowedOrigins: [https://shop.example.com]
  maxAge: {max_age}
apiGroups:
- {{name: orders, hosts: [api.example.com], policies: [shop]}}
"""

BAD = {
    "an emptied ConfigMap": {},
    "no YAML": {"set.yaml": "policies: [\n"},
    "a policy with a mistake": {"set.yaml": SET.format(max_age=-1, share=1)},
    "bytes": {"set.yaml": b"\xff\xfe\x00"},
}


def policy_set(max_age: int, share: float = 1.0) -> str:
    return SET.format(max_age=max_age, share=share)


@pytest.fixture
def volume(tmp_path: Path) -> ConfigMapVolume:
    volume = ConfigMapVolume(tmp_path / "volume")
    volume.update({"set.yaml": policy_set(1)})
    return volume


@pytest.fixture
def sidecar(volume: ConfigMapVolume, tmp_path: Path) -> Iterator[Sidecar]:
    with run_sidecar(volume.folder, tmp_path, "--workers", "2") as running:
        yield running


def max_ages(sidecar: Sidecar) -> list[str]:
    answers = [ask_once(target, REQUEST) for target in sidecar.targets]
    return [answer.headers["access-control-max-age"] for answer in answers]


def test_all_workers_judge_by_the_changed_set(sidecar: Sidecar, volume: ConfigMapVolume) -> None:
    assert max_ages(sidecar) == ["1", "1"]
    volume.update({"set.yaml": policy_set(2)})
    reloaded = sidecar.life.wait_for("reloaded")
    assert max_ages(sidecar) == ["2", "2"]
    assert reloaded["revision"] == load([volume.folder]).revision
    assert reloaded["formerRevision"] == sidecar.life.wait_for("started")["revision"]


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_the_last_good_set_stays_in_force(
    sidecar: Sidecar, volume: ConfigMapVolume, content: dict[str, str | bytes]
) -> None:
    volume.update(content)
    failed = sidecar.life.wait_for("reload_failed")
    findings = [e for e in sidecar.life.since(0) if e["event"] == "finding"]
    expected = load([volume.folder])
    assert [f["id"] for f in findings] == [f.id for f in expected.findings]
    assert [f["line"] for f in findings] == [f.line for f in expected.findings]
    assert {f["revision"] for f in findings} == {failed["revision"]} == {expected.revision}
    assert failed["revisionInForce"] == sidecar.life.wait_for("started")["revision"]
    assert max_ages(sidecar) == ["1", "1"]

    volume.update({"set.yaml": policy_set(3)})
    sidecar.life.wait_for("reloaded")
    assert max_ages(sidecar) == ["3", "3"]


def test_a_bad_set_is_told_once(sidecar: Sidecar, volume: ConfigMapVolume) -> None:
    volume.update({"set.yaml": "7"})
    mark = sidecar.life.mark()
    sidecar.life.wait_for("reload_failed")
    volume.update({"set.yaml": "8"})
    sidecar.life.wait_for("reload_failed", mark=mark)
    failures = [e["revision"] for e in sidecar.life.since(0) if e["event"] == "reload_failed"]
    assert len(failures) == len(set(failures))


def test_the_decision_log_follows_the_set_in_force(
    sidecar: Sidecar, volume: ConfigMapVolume
) -> None:
    volume.update({"set.yaml": policy_set(2, share=0)})
    sidecar.life.wait_for("reloaded")
    for target in sidecar.targets:
        ask_once(target, REQUEST)
    volume.update({"set.yaml": policy_set(3, share=1)})
    sidecar.life.wait_for("reloaded", count=2)
    for target in sidecar.targets:
        ask_once(target, REQUEST)
    logged = sidecar.decisions.wait_since(0)
    assert {entry["revision"] for entry in logged} == {load([volume.folder]).revision}


def test_a_worker_that_is_replaced_has_the_set_in_force(
    sidecar: Sidecar, volume: ConfigMapVolume
) -> None:
    volume.update({"set.yaml": policy_set(2)})
    sidecar.life.wait_for("reloaded")
    worker = sidecar.life.wait_for("started")["workers"][0]
    os.kill(worker["pid"], signal.SIGKILL)
    sidecar.life.wait_for("worker_replaced")
    assert max_ages(sidecar) == ["2", "2"]


def test_every_answer_is_right_for_the_revision_that_it_names(tmp_path: Path) -> None:
    volume = ConfigMapVolume(tmp_path / "volume")
    volume.update({"set.yaml": SET_AT_START})
    with run_sidecar(volume.folder, tmp_path, "--workers", "2") as sidecar:
        flip_sets(sidecar, volume, checks=3_000, pause_s=0.02)
