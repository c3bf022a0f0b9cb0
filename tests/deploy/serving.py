"""Runs a container's command line on this machine and asks it what the kubelet would ask."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.deploy.commands import (
    Command,
    Place,
    command_of,
    free_port,
    localised,
    missing_options,
    mount_policies,
)
from tests.deploy.manifests import Manifest, our_container
from tests.deploy.tooling import ROOT
from tests.support.certificate import make_certificate
from tests.support.child import running, wait_until_ready

_READY_WITHIN_S = 30.0


@contextmanager
def serving(manifests: Sequence[Manifest], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run what the manifests make cors-authz run until the block is left.

    On entry every worker says SERVING, and every probe of the container succeeds.
    """
    command = command_of(manifests)
    assert not missing_options(command)
    workers = int(command.value("--workers") or 1)
    place = Place(folder / "etc", folder / "tls", folder, free_port(workers), free_port())
    mount_policies(manifests, place.policies)
    credentials = _make_certificates(place.certificates) if command.value("--tls-cert") else None
    local = localised(command, place)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **local.environment}
    addresses = _addresses(local, place, workers)
    probed = [f"http://127.0.0.1:{place.admin_port}{path}" for path in _probed_paths(manifests)]
    program = [sys.executable, "-m", "cors_authz", *local.arguments]
    err = folder / "err"
    with running(program, stdout=folder / "out", stderr=err, environment=environment) as process:
        wait_until_ready(
            process,
            lambda: all(_serves(a, credentials) for a in addresses) and all(map(_answers, probed)),
            log=err,
            timeout_s=_READY_WITHIN_S,
        )
        yield process


def _addresses(command: Command, place: Place, workers: int) -> list[str]:
    listen = command.value("--listen") or ""
    if listen.startswith("unix:"):
        return [listen]
    return [f"127.0.0.1:{place.grpc_port + worker}" for worker in range(workers)]


def _probed_paths(manifests: Sequence[Manifest]) -> set[str]:
    container = our_container(manifests)
    probes = (container.get(f"{kind}Probe", {}) for kind in ("startup", "liveness", "readiness"))
    return {probe["httpGet"]["path"] for probe in probes if "httpGet" in probe}


def _serves(address: str, credentials: grpc.ChannelCredentials | None) -> bool:
    name = (("grpc.ssl_target_name_override", "localhost"),)
    channel = (
        grpc.insecure_channel(address)
        if credentials is None
        else grpc.secure_channel(address, credentials, options=name)
    )
    with channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=1)
        except grpc.RpcError:
            return False
    serving: bool = answer.status == health_pb2.HealthCheckResponse.SERVING
    return serving


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            ok: bool = response.status == 200
            return ok
    except (URLError, ConnectionError, TimeoutError):
        return False


def _make_certificates(folder: Path) -> grpc.ChannelCredentials:
    """The files of a Secret as cert-manager writes it, and what a client needs to fit them.

    One certificate is the server's, the client's, and their authority.
    """
    folder.mkdir()
    certificate = make_certificate(folder)
    chain, key = certificate.chain.read_bytes(), certificate.key.read_bytes()
    for name, content in (("tls.crt", chain), ("ca.crt", chain), ("tls.key", key)):
        (folder / name).write_bytes(content)
    return grpc.ssl_channel_credentials(chain, key, chain)
