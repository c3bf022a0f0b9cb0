"""An Envoy with the recommended configuration in front of workers, under load."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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


def _write(stem: Path, issued: Issued) -> tuple[Path, Path]:
    chain, key = stem.with_suffix(".crt"), stem.with_suffix(".key")
    chain.write_bytes(issued.chain)
    key.write_bytes(issued.key)
    return chain, key


def _file(path: Path) -> Json:
    return {"filename": str(path)}
