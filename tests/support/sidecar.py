"""Runs ``cors-authz serve`` as its users do: a process of its own, a folder of files."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support.child import running, wait_until_ready
from tests.support.json_lines import JsonLines
from tests.support.serving import serve_command, serve_environment


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A running sidecar."""

    port: int
    """Of its first worker; 0 where it listens on a socket."""
    decisions: JsonLines
    """Its decision log."""
    process: subprocess.Popen[bytes]
    """The supervisor."""
    life: JsonLines
    """Its other lines: starts, reloads, drains."""
    targets: Sequence[str]
    """Where its workers listen, as gRPC writes it."""
    admin: str | None
    """Where its admin server listens, as ``host:port``."""


@contextmanager
def run_sidecar(
    config: Path, directory: Path, *options: str, start_timeout_s: float = 20.0, **variables: str
) -> Iterator[Sidecar]:
    """Serve the policy set in ``config`` until the block is left; logs go to ``directory``.

    ``variables`` are of its environment.

    Raises:
        NotReadyError: The sidecar refused the policy set; the message holds what it said.
    """
    stdout, stderr = directory / "sidecar.out", directory / "sidecar.err"
    command = serve_command("--config", config, "--listen", "127.0.0.1:0", *options)
    environment = serve_environment(**variables)
    with running(command, stdout=stdout, stderr=stderr, environment=environment) as process:
        started = JsonLines(stdout, lambda entry: entry["event"] == "started")
        wait_until_ready(
            process, lambda: bool(started.since(0)), log=stderr, timeout_s=start_timeout_s
        )
        port: int = started.since(0)[0]["port"]
        targets = tuple(worker["address"] for worker in started.since(0)[0]["workers"])
        # A sidecar with TLS is asked by its tests, which know what it demands of clients.
        for target in () if "--tls-cert" in options else targets:
            wait_until_ready(process, partial(is_target_serving, target), log=stderr)
        decisions = JsonLines(stdout, lambda entry: entry["event"] == "decision")
        life = JsonLines(stdout, lambda entry: entry["event"] != "decision")
        admin: str | None = started.since(0)[0]["admin"]
        yield Sidecar(port, decisions, process, life, targets, admin)


def is_serving(port: int) -> bool:
    """Ask the gRPC health service of a process on loopback."""
    return is_target_serving(f"127.0.0.1:{port}")


def is_target_serving(target: str) -> bool:
    """Likewise, of whoever listens on what gRPC writes so."""
    with grpc.insecure_channel(target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=1)
        except grpc.RpcError:
            return False
    serving: bool = answer.status == health_pb2.HealthCheckResponse.SERVING
    return serving
