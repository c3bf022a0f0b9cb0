"""Runs ``cors-authz serve`` as its users do: a process of its own, a folder of files."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support.child import running, wait_until_ready
from tests.support.json_lines import JsonLines

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A running sidecar."""

    port: int
    decisions: JsonLines
    """Its decision log."""
    process: subprocess.Popen[bytes]


@contextmanager
def run_sidecar(config: Path, directory: Path, *options: str) -> Iterator[Sidecar]:
    """Serve the policy set in ``config`` until the block is left; logs go to ``directory``.

    Raises:
        NotReadyError: The sidecar refused the policy set; the message holds what it said.
    """
    stdout, stderr = directory / "sidecar.out", directory / "sidecar.err"
    listen = ("--listen", "127.0.0.1:0")
    serve = (sys.executable, "-m", "cors_authz", "serve", "--config", str(config))
    command = [*serve, *listen, *options]
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"}
    with running(command, stdout=stdout, stderr=stderr, environment=environment) as process:
        started = JsonLines(stdout, lambda entry: entry["event"] == "started")
        wait_until_ready(process, lambda: bool(started.since(0)), log=stderr)
        port: int = started.since(0)[0]["port"]
        wait_until_ready(process, lambda: is_serving(port), log=stderr)
        decisions = JsonLines(stdout, lambda entry: entry["event"] == "decision")
        yield Sidecar(port, decisions, process)


def is_serving(port: int) -> bool:
    """Ask the gRPC health service of a process on loopback."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=1)
        except grpc.RpcError:
            return False
    serving: bool = answer.status == health_pb2.HealthCheckResponse.SERVING
    return serving
