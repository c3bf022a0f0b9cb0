"""What Envoy really asks: its ``CheckRequest`` messages, recorded."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cors_authz._generated.ext_authz_pb2 import CheckRequest
from tests.bench.cores import Cores
from tests.bench.edges import Edge, run_edges
from tests.bench.requests import RequestKind
from tests.bench.servers import ALLOWING, Server
from tests.support.http1 import send_http1
from tests.support.recorder import run_recorder

Payloads = Mapping[RequestKind, bytes]

_FULL = "full"
_TRIMMED = "trimmed"


def record_payloads(directory: Path, cores: Cores) -> tuple[Payloads, Payloads]:
    """The message for each kind of request, with all its headers and with the needed ones."""
    with run_recorder(ALLOWING) as recorder:
        server = Server("recorder", (f"127.0.0.1:{recorder.port}",), ())
        edges = (Edge(_FULL, server), Edge(_TRIMMED, server, trims=True))
        with run_edges(edges, directory, cores.envoy) as envoy:
            for edge in edges:
                for kind in RequestKind:
                    send_http1(envoy.ports[edge.name], kind.asking.request)
    kinds = tuple(RequestKind)
    full, trimmed = recorder.checks[: len(kinds)], recorder.checks[len(kinds) :]
    return dict(zip(kinds, full, strict=True)), dict(zip(kinds, trimmed, strict=True))


def vary(payload: bytes, hosts: Sequence[str]) -> tuple[bytes, ...]:
    """The same message for each host, with a path and ids of its own: nothing comes twice."""
    return tuple(_varied(payload, host, number) for number, host in enumerate(hosts))


def _varied(payload: bytes, host: str, number: int) -> bytes:
    # What the generated classes do not know is kept.
    message = CheckRequest.FromString(payload)
    http = message.attributes.request.http
    http.id = str(10**18 + number)
    http.host = host
    http.path = f"/orders/{number}?include=items"
    for name, value in ((":authority", http.host), (":path", http.path)):
        if name in http.headers:
            http.headers[name] = value
    if "x-request-id" in http.headers:
        http.headers["x-request-id"] = f"7d5a7f0c-0000-4000-8000-{number:012}"
    return message.SerializeToString()
