"""An end that nobody notices: health first, then the checks under way, then the log."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

import grpc
import pytest

from cors_authz.config.load import load
from cors_authz.config.spec import SetSpec
from cors_authz.server.messages import Ready, Start, policy_set_parts
from cors_authz.server.options import FAST, GRPCIO, TRANSPORT_NAMES
from cors_authz.server.shared_output import create_lock
from cors_authz.server.worker_process import start_worker
from tests.server.policies import PREFLIGHT, write_policies
from tests.support.checks import Answer, ask_once
from tests.support.serving import serve_command, serve_environment, serve_to_end
from tests.support.sidecar import Sidecar, is_target_serving, run_sidecar

DRAIN_DELAY_S = 3.0

RETRIED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
"""What Envoy's recommended retry policy takes to another endpoint."""


def pids_of(sidecar: Sidecar) -> list[int]:
    return [worker["pid"] for worker in sidecar.life.wait_for("started")["workers"]]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(pids: list[int], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "transport"),
    [(signal.SIGTERM, GRPCIO), (signal.SIGTERM, FAST), (signal.SIGINT, FAST)],
)
def test_health_says_so_first_while_checks_are_still_answered(
    tmp_path: Path, number: signal.Signals, transport: str
) -> None:
    delay = ("--drain-delay", str(DRAIN_DELAY_S))
    options = ("--workers", "2", "--transport", transport, *delay)
    with run_sidecar(write_policies(tmp_path), tmp_path, *options) as sidecar:
        began_s = time.monotonic()
        sidecar.process.send_signal(number)
        while any(is_target_serving(target) for target in sidecar.targets):
            assert time.monotonic() - began_s < DRAIN_DELAY_S
        for target in sidecar.targets:
            assert ask_once(target, PREFLIGHT).status == 204
        assert sidecar.process.wait(10) == 0
        assert time.monotonic() - began_s >= DRAIN_DELAY_S
        events = [entry["event"] for entry in sidecar.life.since(0)]
        assert events == ["started", "draining", "stopped"]
        assert sidecar.life.wait_for("stopped")["inTime"]


def test_every_check_that_was_answered_has_its_line(tmp_path: Path) -> None:
    with run_sidecar(write_policies(tmp_path), tmp_path, "--workers", "2") as sidecar:
        for _ in range(50):
            for target in sidecar.targets:
                ask_once(target, PREFLIGHT)
        sidecar.process.terminate()
        assert sidecar.process.wait(10) == 0
        assert len(sidecar.decisions.since(0)) == 100


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_no_check_fails_that_was_under_way(tmp_path: Path, transport: str) -> None:
    """Whoever asks on an open connection either gets an answer or is told to go elsewhere."""

    async def ask_until_told_to_go(target: str) -> tuple[int, grpc.StatusCode]:
        answered = 0
        method = "/envoy.service.auth.v3.Authorization/Check"
        async with grpc.aio.insecure_channel(target) as channel:
            call = channel.unary_unary(method)
            while True:
                try:
                    await call(PREFLIGHT.SerializeToString(), timeout=5)
                except grpc.aio.AioRpcError as error:
                    return answered, error.code()
                answered += 1

    async def scenario(sidecar: Sidecar) -> list[tuple[int, grpc.StatusCode]]:
        asking = [
            asyncio.create_task(ask_until_told_to_go(target))
            for target in sidecar.targets
            for _ in range(8)
        ]
        await asyncio.sleep(1)
        sidecar.process.terminate()
        return await asyncio.gather(*asking)

    options = ("--workers", "2", "--transport", transport)
    with run_sidecar(write_policies(tmp_path), tmp_path, *options) as sidecar:
        ends = asyncio.run(scenario(sidecar))
        assert sidecar.process.wait(10) == 0
        answered = sum(count for count, _ in ends)
        assert {code for _, code in ends} <= RETRIED
        assert len(sidecar.decisions.since(0)) == answered


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    options = ("--workers", "2", "--drain-delay", "3600")
    with run_sidecar(write_policies(tmp_path), tmp_path, *options) as sidecar:
        pids = pids_of(sidecar)
        sidecar.process.terminate()
        sidecar.life.wait_for("draining")
        sidecar.process.terminate()
        assert sidecar.process.wait(5) == 128 + signal.SIGTERM
        wait_until_gone(pids)


def test_workers_whose_supervisor_dies_drain_and_end(tmp_path: Path) -> None:
    options = ("--workers", "2", "--drain-delay", str(DRAIN_DELAY_S))
    with run_sidecar(write_policies(tmp_path), tmp_path, *options) as sidecar:
        pids = pids_of(sidecar)
        sidecar.process.kill()
        while any(is_target_serving(target) for target in sidecar.targets):
            time.sleep(0.02)
        for target in sidecar.targets:
            assert ask_once(target, PREFLIGHT).status == 204
        wait_until_gone(pids)


def test_a_worker_that_is_told_nonsense_drains_and_ends(tmp_path: Path) -> None:
    spec = load([write_policies(tmp_path)]).spec
    assert spec is not None
    answered, exit_status = asyncio.run(mislead(spec))

    assert answered == 204
    assert exit_status == 0


async def mislead(spec: SetSpec) -> tuple[int | None, int]:
    """Break the channel of a worker that serves; a check afterwards, and how the worker ended."""
    lock = create_lock()
    start = Start(0, "127.0.0.1:0", FAST, 0o600, None, DRAIN_DELAY_S, 1.0, None, (), lock)
    worker = await start_worker((lock,))
    await worker.channel.send(start)
    for part in policy_set_parts(spec):
        await worker.channel.send(part)
    while not isinstance(ready := await worker.channel.receive(), Ready):
        assert ready is not None
    await worker.channel.send(start)
    target = f"127.0.0.1:{ready.port}"
    answer = await asyncio.to_thread(ask_while_draining, target)
    exit_status = await asyncio.wait_for(worker.process.wait(), 10)
    os.close(lock)
    worker.channel.close()
    await asyncio.sleep(0.1)  # until it is closed
    return answer.status, exit_status


def ask_while_draining(target: str) -> Answer:
    while is_target_serving(target):
        time.sleep(0.02)
    return ask_once(target, PREFLIGHT)


def test_a_socket_is_its_servers_until_the_last_worker_is_gone(tmp_path: Path) -> None:
    """A worker that outlives its supervisor must not remove its successor's socket."""
    policies, later = write_policies(tmp_path), tmp_path / "later"
    later.mkdir()
    options = ("--listen", f"unix:{tmp_path}/authz.sock")
    with run_sidecar(policies, tmp_path, *options, "--drain-delay", "3600") as sidecar:
        (worker,) = pids_of(sidecar)
        sidecar.process.kill()
        sidecar.process.wait()
        refused = serve_to_end("--config", policies, *options)
        assert "another server" in refused.stderr
        assert ask_once(sidecar.targets[0], PREFLIGHT).status == 204
        os.kill(worker, signal.SIGKILL)
        wait_until_gone([worker])
        with run_sidecar(policies, later, *options) as successor:
            assert ask_once(successor.targets[0], PREFLIGHT).status == 204


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_a_stopped_server_leaves_no_socket(tmp_path: Path, transport: str) -> None:
    path = tmp_path / "authz.sock"
    options = ("--listen", f"unix:{path}", "--transport", transport)
    with run_sidecar(write_policies(tmp_path), tmp_path, *options) as sidecar:
        assert path.is_socket()
        sidecar.process.terminate()
        sidecar.process.wait()
        assert not path.exists()


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path, policies = tmp_path / "authz.sock", write_policies(tmp_path)
    options = ("--listen", f"unix:{path}")
    with run_sidecar(policies, tmp_path, *options) as sidecar:
        for pid in (sidecar.process.pid, *pids_of(sidecar)):
            os.kill(pid, signal.SIGKILL)
        sidecar.process.wait()
        assert path.is_socket()
    with run_sidecar(policies, tmp_path, *options) as successor:
        assert ask_once(successor.targets[0], PREFLIGHT).status == 204
        assert path.stat().st_mode & 0o777 == 0o660


def test_mode_and_group_of_a_socket_are_the_operators(tmp_path: Path) -> None:
    path = tmp_path / "authz.sock"
    access = ("--socket-mode", "606", "--socket-group", str(os.getgid()))
    options = ("--listen", f"unix:{path}", *access)
    with run_sidecar(write_policies(tmp_path), tmp_path, *options):
        assert path.stat().st_mode & 0o777 == 0o606
        assert path.stat().st_gid == os.getgid()


def test_a_signal_before_anything_serves_ends_it_too(tmp_path: Path) -> None:
    command = serve_command(
        *("--config", write_policies(tmp_path)),
        *("--listen", "127.0.0.1:0", "--admin", "none"),
    )
    with subprocess.Popen(command, env=serve_environment(), stdout=subprocess.PIPE) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not children.read_text():
            time.sleep(0.005)
        process.terminate()
        output, _ = process.communicate(timeout=10)
        assert process.returncode == 0
        assert b'"event":"stopped"' in output
