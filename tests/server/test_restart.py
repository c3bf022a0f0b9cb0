"""No request fails through Envoy while servers are restarted one after another."""

import asyncio
from collections import Counter
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
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

SERVERS = 2

DRAIN_DELAY_S = 2.5
"""Envoy asks for health every second, and its answer may take half a second."""


@dataclass(slots=True)
class Server:
    """A server that can be stopped, and started again where it was."""

    policies: Path
    directory: Path
    options: tuple[str, ...]
    target: str = ""
    running: AbstractContextManager[Sidecar] = field(init=False)

    def start(self) -> None:
        """Start it; the port that it finds free stays its own."""
        here = ("--listen", self.target) if self.target else ()
        delay = ("--drain-delay", str(DRAIN_DELAY_S))
        self.running = run_sidecar(self.policies, self.directory, *self.options, *delay, *here)
        self.target = self.running.__enter__().targets[0]

    def stop(self) -> None:
        """Stop it as an operator does."""
        self.running.__exit__(None, None, None)


async def roll(envoy: Envoy, servers: list[Server], requests: int) -> Counter[int]:
    """Restart one server after another, until so many requests were answered."""
    restarted = 0
    async with load_on(envoy.ports["edge"], PREFLIGHT) as load:
        while load.answered < requests or restarted < len(servers):
            server = servers[restarted % len(servers)]
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(wait_until_healthy, envoy, SERVERS)
            restarted += 1
    return load.statuses


def roll_servers(tmp_path: Path, way: Way, requests: int) -> None:
    policies, tls = write_policies(tmp_path), way.tls_files(tmp_path)
    servers = []
    with ExitStack() as stack:
        for index in range(SERVERS):
            directory = tmp_path / str(index)
            directory.mkdir()
            server = Server(policies, directory, way.serve_options(directory, tls))
            server.start()
            stack.callback(server.stop)
            servers.append(server)
        targets = [server.target for server in servers]
        with run_gateway(targets, tmp_path, tls) as envoy:
            statuses = asyncio.run(roll(envoy, servers, requests))
    print(f"{way}: {statuses}")  # noqa: T201
    assert statuses == {ANSWER: statuses.total()}, failed_in(tmp_path)


def test_no_request_fails_in_a_rolling_restart(tmp_path: Path) -> None:
    roll_servers(tmp_path, WAYS[0], 2_000)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_no_request_of_very_many_fails_in_rolling_restarts(tmp_path: Path, way: Way) -> None:
    roll_servers(tmp_path, way, 20_000)
