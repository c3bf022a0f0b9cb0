"""An Envoy with the recommended configuration in front of workers, under load."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cors_authz.server.options import TRANSPORT_NAMES
from tests.server.policies import HOST, ORIGIN
from tests.support.bootstrap import (
    AUTHZ_CLUSTER,
    Endpoints,
    Json,
    Listener,
    authz_service,
    build_bootstrap,
    route,
    typed,
)
from tests.support.envoy import Envoy, run_envoy
from tests.support.exchange import Request
from tests.support.json_lines import Entry, JsonLines
from tests.transport.authority import Authority, Issued

PREFLIGHT = Request(
    host=HOST,
    path="/orders",
    method="OPTIONS",
    headers=(("origin", ORIGIN), ("access-control-request-method", "PUT")),
)
"""Answered by the sidecar alone, so that no upstream is in the way."""

ANSWER = 204

ENVOY = "spiffe://cluster.local/ns/edge/sa/envoy"


class TlsFiles:
    """A folder with PEM files of a server, of Envoy as its client, and of who signed both."""

    def __init__(self, folder: Path) -> None:
        authority = Authority("authority")
        self.authority = folder / "ca.crt"
        self.authority.write_bytes(authority.certificate)
        self.server = _write(folder / "server", authority.issue("server"))
        self.envoy = _write(folder / "envoy", authority.issue("envoy", uri=ENVOY))

    def serve_options(self) -> tuple[str, ...]:
        """What a sidecar is told, which accepts nobody but Envoy."""
        chain, key = self.server
        files = ("--tls-cert", str(chain), "--tls-key", str(key))
        return (*files, "--tls-client-ca", str(self.authority), "--tls-client-san", ENVOY)

    def transport_socket(self) -> Json:
        """What Envoy is told."""
        chain, key = self.envoy
        files = {"certificate_chain": _file(chain), "private_key": _file(key)}
        validation = {
            "trusted_ca": _file(self.authority),
            "match_typed_subject_alt_names": [
                {"san_type": "DNS", "matcher": {"exact": "localhost"}}
            ],
        }
        context = {
            "alpn_protocols": ["h2"],  # Envoy's health checks do not offer it by themselves.
            "tls_certificates": [files],
            "validation_context": validation,
        }
        message = "transport_sockets.tls.v3.UpstreamTlsContext"
        return typed("envoy.transport_sockets.tls", message, common_tls_context=context)


@dataclass(frozen=True, slots=True)
class Way:
    """How Envoy reaches the workers."""

    name: str
    transport: str
    listen: str = "127.0.0.1:0"
    tls: bool = False

    def __str__(self) -> str:
        return f"{self.name}, {self.transport}"

    def tls_files(self, folder: Path) -> TlsFiles | None:
        """Certificates, where they are needed."""
        return TlsFiles(folder) if self.tls else None

    def serve_options(self, folder: Path, tls: TlsFiles | None) -> tuple[str, ...]:
        """What a sidecar is told; its socket stands in ``folder``."""
        transport = ("--transport", self.transport)
        files = () if tls is None else tls.serve_options()
        return ("--listen", self.listen.format(folder), *transport, *files)


WAYS = tuple(
    way
    for transport in TRANSPORT_NAMES
    for way in (
        Way("TCP", transport),
        Way("socket", transport, listen="unix:{}/authz.sock"),
        Way("TLS", transport, tls=True),
    )
)


@contextmanager
def run_gateway(
    targets: Sequence[str],
    directory: Path,
    tls: TlsFiles | None = None,
    *,
    try_timeout: str = "2s",
) -> Iterator[Envoy]:
    """Run Envoy in front of workers that listen there; its listener is called ``edge``."""
    service = authz_service(try_timeout=try_timeout)
    listeners = [Listener("edge", [route("/")], authz={"grpc_service": service})]
    clusters: dict[str, Endpoints] = {AUTHZ_CLUSTER: targets, "app": 1}
    bootstrap = build_bootstrap(listeners, clusters, directory / "access.log")
    if tls is not None:
        sidecar = bootstrap["static_resources"]["clusters"][0]
        sidecar["transport_socket"] = tls.transport_socket()
    with run_envoy(bootstrap, directory) as envoy:
        yield envoy


def wait_until_healthy(envoy: Envoy, endpoints: int) -> None:
    """Wait until Envoy has seen that so many workers are well; it looks every second."""
    name = "cluster.cors_authz.membership_healthy"
    time.sleep(1.5)
    while envoy.stats(name)[name] < endpoints:
        time.sleep(0.1)


def failed_in(directory: Path) -> list[Entry]:
    """What Envoy logged of requests that were not answered well, in the folder that it ran in."""
    entries = JsonLines(directory / "access.log").since(0)
    return [entry for entry in entries if entry["status"] != ANSWER]


def _write(stem: Path, issued: Issued) -> tuple[Path, Path]:
    chain, key = stem.with_suffix(".crt"), stem.with_suffix(".key")
    chain.write_bytes(issued.chain)
    key.write_bytes(issued.key)
    return chain, key


def _file(path: Path) -> Json:
    return {"filename": str(path)}
