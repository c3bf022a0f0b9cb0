"""Workers are separate, and replaced whatever happens to them."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.policies import PREFLIGHT, write_policies
from tests.support.checks import ask_once
from tests.support.json_lines import Entry
from tests.support.policy_sets import many_policies
from tests.support.sidecar import Sidecar, is_target_serving, run_sidecar

MAX_RESIDENT_BYTES = 60 << 20


def workers_of(sidecar: Sidecar) -> list[Entry]:
    workers: list[Entry] = sidecar.life.wait_for("started")["workers"]
    return workers


def libraries_of(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


def resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) << 10


@pytest.fixture(params=["127.0.0.1:0", "unix:{}/authz.sock", "unix-abstract:{}/authz"])
def sidecar(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sidecar]:
    listen = request.param.format(tmp_path)
    options = ("--listen", listen, "--workers", "2")
    with run_sidecar(write_policies(tmp_path), tmp_path, *options) as running:
        yield running


@pytest.fixture
def on_tcp(tmp_path: Path) -> Iterator[Sidecar]:
    with run_sidecar(write_policies(tmp_path), tmp_path, "--workers", "2") as running:
        yield running


def test_each_worker_answers_at_an_address_of_its_own(sidecar: Sidecar) -> None:
    assert len(set(sidecar.targets)) == 2
    assert [ask_once(target, PREFLIGHT).status for target in sidecar.targets] == [204, 204]


def test_a_killed_worker_is_replaced_at_its_address(sidecar: Sidecar) -> None:
    first, second = workers_of(sidecar)
    os.kill(first["pid"], signal.SIGKILL)
    assert ask_once(second["address"], PREFLIGHT).status == 204
    replaced = sidecar.life.wait_for("worker_replaced")
    ended = sidecar.life.wait_for("worker_ended")
    assert (ended["worker"], ended["ending"]) == (0, "SIGKILL")
    assert (replaced["worker"], replaced["pid"] != first["pid"]) == (0, True)
    assert ask_once(first["address"], PREFLIGHT).status == 204


def test_a_worker_that_is_asked_to_end_drains_and_is_replaced(on_tcp: Sidecar) -> None:
    first, _ = workers_of(on_tcp)
    os.kill(first["pid"], signal.SIGTERM)
    on_tcp.life.wait_for("worker_replaced")
    assert on_tcp.life.wait_for("worker_ended")["ending"] == "exit status 0"
    assert ask_once(first["address"], PREFLIGHT).status == 204


def test_a_worker_that_falls_silent_is_replaced(on_tcp: Sidecar) -> None:
    first, _ = workers_of(on_tcp)
    os.kill(first["pid"], signal.SIGSTOP)
    on_tcp.life.wait_for("worker_replaced", timeout_s=40)
    assert "silent" in on_tcp.life.wait_for("worker_ended")["ending"]
    assert ask_once(first["address"], PREFLIGHT).status == 204


def test_an_interrupt_from_the_terminal_is_the_supervisors_affair(on_tcp: Sidecar) -> None:
    for worker in workers_of(on_tcp):
        os.kill(worker["pid"], signal.SIGINT)
    time.sleep(0.5)
    assert all(is_target_serving(target) for target in on_tcp.targets)
    assert [e["event"] for e in on_tcp.life.since(0)] == ["started"]


def test_a_worker_whose_address_was_taken_meanwhile_gets_it_back_in_the_end(
    on_tcp: Sidecar,
) -> None:
    first, second = workers_of(on_tcp)
    host, _, port = first["address"].rpartition(":")
    os.kill(first["pid"], signal.SIGSTOP)
    thief = socket.socket()
    os.kill(first["pid"], signal.SIGKILL)
    for _ in range(1000):
        try:
            thief.bind((host, int(port)))
            break
        except OSError:
            time.sleep(0.001)
    thief.listen()
    ended = on_tcp.life.wait_for("worker_ended", count=2)
    assert "cannot listen" in ended["problem"]
    assert ask_once(second["address"], PREFLIGHT).status == 204
    thief.close()
    on_tcp.life.wait_for("worker_replaced")
    assert ask_once(first["address"], PREFLIGHT).status == 204


def test_nobody_loads_what_is_another_process_work(on_tcp: Sidecar) -> None:
    supervisor = libraries_of(on_tcp.process.pid)
    assert "msgspec" in supervisor
    for library in ("cygrpc", "pydantic", "yaml"):
        assert library not in supervisor
    for worker in workers_of(on_tcp):
        maps = libraries_of(worker["pid"])
        assert "_upb" in maps
        assert "pydantic" not in maps
        assert "yaml" not in maps


def test_a_worker_with_a_thousand_policies_stays_small(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    for name, text in many_policies(1000).items():
        (policies / name).write_text(text)
    with run_sidecar(policies, tmp_path, start_timeout_s=60) as sidecar:
        (worker,) = workers_of(sidecar)
        assert resident_bytes(worker["pid"]) <= MAX_RESIDENT_BYTES
