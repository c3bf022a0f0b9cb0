"""What Envoy makes of a worker's bounds: it asks another one, or connects anew."""

import asyncio
import os
import signal
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from cors_authz._generated.ext_authz_pb2 import CheckRequest
from cors_authz.server import grpc_transport
from cors_authz.server.options import FAST, TRANSPORT_NAMES
from cors_authz.server.service import CheckService, Metadata
from cors_authz.server.transport import BOUNDS, CheckHandler
from tests.admin.asking import ask
from tests.hardening import world
from tests.server.gateway import ANSWER, PREFLIGHT, run_gateway
from tests.server.policies import PREFLIGHT as CHECK_REQUEST
from tests.server.policies import write_policies
from tests.support.load import load_on
from tests.support.sidecar import run_sidecar
from tests.transport.peer import connected
from tests.transport.serving import Kind, serving

LONG_S = 0.02
CONNECTIONS = 32
LOAD_S = 2.0

PEERS, CALLS = 10, 600
MANY_NAMES = ",".join(f"x-{number:050}" for number in range(64))
"""The longest list that is taken: so that a check takes long."""
OK, UNAVAILABLE = 0, 14


def slow(service: CheckService) -> CheckHandler:
    """The service with far too much to do."""

    def check(payload: bytes, metadata: Metadata) -> bytes:
        until_s = time.monotonic() + LONG_S
        while time.monotonic() < until_s:
            pass
        return service.check(payload, metadata)

    return check


async def statuses_of(port: int) -> Counter[int]:
    async with load_on(port, PREFLIGHT, connections=CONNECTIONS) as load:
        await asyncio.sleep(LOAD_S)
    return load.statuses


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_what_an_overloaded_worker_turns_away_is_asked_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(grpc_transport, "_MAX_WAITING_CHECKS", 4)
    with (
        world.serving() as service,
        serving(lambda: Kind(transport).make(slow(service), "127.0.0.1:0")) as overloaded,
        run_sidecar(write_policies(tmp_path), tmp_path) as sidecar,
        run_gateway([f"127.0.0.1:{overloaded.port}", *sidecar.targets], tmp_path) as envoy,
    ):
        statuses = asyncio.run(statuses_of(envoy.ports["edge"]))
        retries = envoy.stats("cluster.cors_authz.upstream_rq_retry")
        health = envoy.stats("cluster.cors_authz.membership_healthy")

    assert statuses == {ANSWER: statuses.total()}
    assert retries["cluster.cors_authz.upstream_rq_retry"] > 0
    assert list(health.values()) == [2]


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_envoy_connects_anew_when_its_connection_is_old(tmp_path: Path, transport: str) -> None:
    bounds = replace(BOUNDS, patience=replace(BOUNDS.patience, age_s=0.3))
    with (
        world.serving() as service,
        serving(lambda: Kind(transport).make(service.check, "127.0.0.1:0", bounds=bounds)) as aged,
        run_gateway([f"127.0.0.1:{aged.port}"], tmp_path) as envoy,
    ):
        statuses = asyncio.run(statuses_of(envoy.ports["edge"]))
        connections = envoy.stats("cluster.cors_authz.upstream_cx_total")

    assert statuses == {ANSWER: statuses.total()}
    assert connections["cluster.cors_authz.upstream_cx_total"] > 2


def test_what_is_turned_away_is_counted(tmp_path: Path) -> None:
    """Checks pile up while the worker does not run, more than it can make up for in time."""
    request = CheckRequest()
    request.CopyFrom(CHECK_REQUEST)
    request.attributes.request.http.headers["access-control-request-headers"] = MANY_NAMES
    payload = request.SerializeToString()
    seen: Counter[int | None] = Counter()
    with (
        run_sidecar(write_policies(tmp_path), tmp_path, "--transport", FAST) as sidecar,
        ExitStack() as stack,
    ):
        worker: int = sidecar.life.wait_for("started")["workers"][0]["pid"]
        peers = [stack.enter_context(connected(sidecar.port)) for _ in range(PEERS)]
        for peer in peers:
            peer.machine.increment_flow_control_window(2**30)
        assert [peer.ended(peer.call(payload)).grpc_status for peer in peers] == [OK] * PEERS
        os.kill(worker, signal.SIGSTOP)
        calls = [(peer, peer.call_at_once(payload, CALLS)) for peer in peers]
        os.kill(worker, signal.SIGCONT)
        for peer, streams in calls:
            seen.update(peer.ended(stream).grpc_status for stream in streams)
        refused = seen[UNAVAILABLE]
        assert refused > 0
        assert seen == {UNAVAILABLE: refused, OK: PEERS * CALLS - refused}
        assert sidecar.admin is not None
        wanted = f'cors_authz_refused_total{{what="check"}} {refused:.1f}'
        deadline_s = time.monotonic() + 10
        while wanted not in ask(sidecar.admin, "/metrics").body.decode():
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
