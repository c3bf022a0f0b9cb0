"""The admin server beside a real supervisor: in every state of its life, and as probes ask it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.admin.asking import ask
from tests.server.policies import ORIGIN, PREFLIGHT, write_policies
from tests.support.checks import ask_once, preflight
from tests.support.serving import serve_environment, serve_to_end
from tests.support.sidecar import Sidecar, run_sidecar

BROKEN_START = 3


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return write_policies(tmp_path)


@pytest.fixture
def sidecar(policies: Path, tmp_path: Path) -> Iterator[Sidecar]:
    with run_sidecar(policies, tmp_path, "--drain-delay", "2") as running:
        yield running


def admin_of(sidecar: Sidecar) -> str:
    assert sidecar.admin is not None
    return sidecar.admin


def healthcheck(*options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cors_authz", "healthcheck", *options],
        env=serve_environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_denial_is_listed_and_counted(sidecar: Sidecar) -> None:
    admin = admin_of(sidecar)
    assert ask(admin, "/api/v1/decisions").json == {"items": []}
    mark = sidecar.decisions.mark()
    ask_once(sidecar.targets[0], PREFLIGHT)
    ask_once(sidecar.targets[0], preflight("api.example.com", "https://evil.example.net"))
    assert len(sidecar.decisions.wait_since(mark)) >= 1
    items = wait_for_decisions(admin)
    assert [item["origin"] for item in items] == ["https://evil.example.net"]
    assert items[0]["reason"] == "origin_not_allowed"
    assert ORIGIN not in ask(admin, "/api/v1/decisions").body.decode()
    assert b"cors_authz_decisions_total{" in ask(admin, "/metrics").body


def wait_for_decisions(admin: str) -> list[dict[str, str]]:
    """Workers tell of them once a second."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        items: list[dict[str, str]] = ask(admin, "/api/v1/decisions").json["items"]
        if items:
            return items
        time.sleep(0.05)
    raise AssertionError("no decision came")


def test_a_bad_change_shows_and_leaves_the_server_ready(sidecar: Sidecar, policies: Path) -> None:
    admin = admin_of(sidecar)
    revision = ask(admin, "/api/v1/status").json["revision"]
    (policies / "set.yaml").write_text("policies: [{name: shop}]\n")
    sidecar.life.wait_for("reload_failed")
    readiness = ask(admin, "/readyz")
    assert readiness.status == 200
    assert readiness.json["lastReload"]["succeeded"] is False
    status = ask(admin, "/api/v1/status").json
    assert status["revision"] == revision
    assert status["lastReload"]["findings"]


def test_draining_is_told_everywhere_at_once(policies: Path, tmp_path: Path) -> None:
    """With the transport that lets health be watched."""
    with (
        run_sidecar(policies, tmp_path, "--drain-delay", "2", "--transport", "grpcio") as sidecar,
        grpc.insecure_channel(sidecar.targets[0]) as channel,
    ):
        admin = admin_of(sidecar)
        stub = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=20)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        assert ask(admin, "/readyz").status == 200
        sidecar.process.terminate()
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert ask(admin, "/readyz").json["components"]["draining"] is True
        assert ask(admin, "/livez").status == 200
        assert ask(admin, "/api/v1/status").json["draining"] is True
        watch.cancel()


def test_a_healthcheck_says_what_probes_say(sidecar: Sidecar) -> None:
    ready = healthcheck("--admin", admin_of(sidecar))
    assert ready.returncode == 0, ready.stderr
    assert '"ready": true' in ready.stdout
    sidecar.process.terminate()
    sidecar.life.wait_for("draining")
    assert healthcheck("--admin", admin_of(sidecar)).returncode == 1
    assert healthcheck("--live", "--admin", admin_of(sidecar)).returncode == 0


def test_a_healthcheck_of_nobody_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    ended = healthcheck("--admin", f"127.0.0.1:{port}")
    assert ended.returncode == 1
    assert "does not answer" in ended.stderr


def test_the_admin_server_can_listen_on_a_socket(policies: Path, tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    for _ in range(2):
        with run_sidecar(policies, tmp_path, "--admin", f"unix:{path}"):
            assert healthcheck("--admin", f"unix:{path}").returncode == 0


def test_the_admin_server_can_be_left_out(policies: Path, tmp_path: Path) -> None:
    with run_sidecar(policies, tmp_path, "--admin", "none") as sidecar:
        assert sidecar.admin is None
        assert ask_once(sidecar.targets[0], PREFLIGHT).status == 204


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:port", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_no_reason_to_try_again(policies: Path, address: str) -> None:
    ended = serve_to_end("--config", policies, "--listen", "127.0.0.1:0", "--admin", address)
    assert ended.returncode == BROKEN_START
    assert address in ended.stderr


def test_a_port_that_is_taken_is_no_reason_to_try_again(policies: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        ended = serve_to_end("--config", policies, "--listen", "127.0.0.1:0", "--admin", address)
    assert ended.returncode == BROKEN_START
    assert address in ended.stderr
