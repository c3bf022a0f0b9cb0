"""No request fails through Envoy while workers die, are restarted, or whole servers are."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.server.gateway import (
    ANSWER,
    PREFLIGHT,
    WAYS,
    Way,
    failed_in,
    run_gateway,
    wait_until_healthy,
)
from tests.server.policies import write_policies
from tests.support.envoy import Envoy
from tests.support.load import load_on
from tests.support.sidecar import Sidecar, run_sidecar

WORKERS = 2


async def replace_workers(
    envoy: Envoy, sidecar: Sidecar, number: signal.Signals, requests: int, times: int
) -> Counter[int]:
    """Signal one worker after another, each when all serve, at least ``times`` times.

    Returns how often each status was answered, to at least so many ``requests``.
    """
    pids = {w["worker"]: w["pid"] for w in sidecar.life.wait_for("started")["workers"]}
    replaced = 0
    async with load_on(envoy.ports["edge"], PREFLIGHT) as load:
        while load.answered < requests or replaced < times:
            await asyncio.sleep(0.5)
            os.kill(pids[replaced % WORKERS], number)
            replaced += 1
            entry = await asyncio.to_thread(
                sidecar.life.wait_for, "worker_replaced", count=replaced
            )
            pids[entry["worker"]] = entry["pid"]
            await asyncio.to_thread(wait_until_healthy, envoy, WORKERS)
    return load.statuses


def kill_workers(
    directory: Path, way: Way, number: signal.Signals, requests: int, times: int
) -> None:
    """Every request must be answered well."""
    tls = way.tls_files(directory)
    options = ("--workers", str(WORKERS), *way.serve_options(directory, tls))
    with (
        run_sidecar(write_policies(directory), directory, *options) as sidecar,
        run_gateway(sidecar.targets, directory, tls) as envoy,
    ):
        statuses = asyncio.run(replace_workers(envoy, sidecar, number, requests, times))
        health = envoy.stats("cluster.cors_authz.health_check")
    print(f"{way}, {number.name}: {statuses}")  # noqa: T201
    assert statuses == {ANSWER: statuses.total()}, failed_in(directory)
    assert health["cluster.cors_authz.health_check.success"] > 0


@pytest.mark.parametrize(
    ("way", "number"),
    [(WAYS[0], signal.SIGKILL), (WAYS[4], signal.SIGKILL), (WAYS[2], signal.SIGTERM)],
    ids=str,
)
def test_no_request_fails_when_workers_are_killed(
    tmp_path: Path, way: Way, number: signal.Signals
) -> None:
    kill_workers(tmp_path, way, number, requests=1_000, times=WORKERS)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_request_of_very_many_fails_when_workers_are_killed(
    tmp_path: Path, way: Way, number: signal.Signals
) -> None:
    kill_workers(tmp_path, way, number, requests=20_000, times=6)


def test_a_worker_that_hangs_costs_the_time_of_one_try(tmp_path: Path) -> None:
    """Until Envoy has seen that it is not healthy, requests go to it, and then to the other."""

    async def stop_and_continue(port: int, worker: int) -> Counter[int]:
        async with load_on(port, PREFLIGHT) as load:
            for _ in range(3):
                await asyncio.sleep(1)
                os.kill(worker, signal.SIGSTOP)
                await asyncio.sleep(1.5)
                os.kill(worker, signal.SIGCONT)
        return load.statuses

    with (
        run_sidecar(write_policies(tmp_path), tmp_path, "--workers", str(WORKERS)) as sidecar,
        run_gateway(sidecar.targets, tmp_path, try_timeout="0.25s") as envoy,
    ):
        worker = sidecar.life.wait_for("started")["workers"][0]["pid"]
        statuses = asyncio.run(stop_and_continue(envoy.ports["edge"], worker))
        tries = envoy.stats("cluster.cors_authz.upstream_rq_per_try_timeout")
    assert statuses == {ANSWER: statuses.total()}
    assert sum(tries.values()) > 0
