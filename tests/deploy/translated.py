"""From what a gateway's control plane generates to a static bootstrap, and how it behaves."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.manifests import EXAMPLES
from tests.support.envoy import run_envoy
from tests.support.exchange import Request, Response
from tests.support.http1 import send_http1
from tests.support.sidecar import Sidecar, run_sidecar
from tests.support.upstream import Upstream, run_upstream

Json = dict[str, Any]

API = "api.example.com"
SHOP = ("origin", "https://shop.example.com")
FOREIGN = ("origin", "https://foreign.example.net")
WANTS_POST = ("access-control-request-method", "POST")

STANDALONE = EXAMPLES / "standalone" / "policies.yaml"

_MANAGER = "envoy.filters.network.http_connection_manager"


@dataclass(frozen=True, slots=True)
class Generated:
    """What a control plane would send to an Envoy, in the JSON of protocol buffers."""

    listener: Json
    routes: Sequence[Json]
    clusters: Sequence[Json]

    def manager(self) -> Json:
        """The connection manager of the listener."""
        chain = (self.listener.get("filterChains") or [self.listener["defaultFilterChain"]])[0]
        manager = next(f for f in chain["filters"] if f["name"] == _MANAGER)
        found: Json = manager["typedConfig"]
        return found

    def filters(self) -> list[str]:
        """The names of the HTTP filters, in their order."""
        return [each["name"] for each in self.manager()["httpFilters"]]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running Envoy with the generated configuration, a sidecar and an upstream."""

    port: int
    sidecar: Sidecar
    upstream: Upstream

    def send(self, method: str, path: str, *headers: tuple[str, str], host: str = API) -> Response:
        """Send one request through the gateway."""
        return send_http1(self.port, Request(host, path, method, headers))


@contextmanager
def run_gateway(
    generated: Generated,
    services: Mapping[str, str],
    folder: Path,
    policies: Path = STANDALONE,
) -> Iterator[Gateway]:
    """Run the generated configuration in Envoy until the block is left.

    ``services`` are the names of the clusters that stand for the ``sidecar`` and, all others,
    for the upstream.
    """
    with run_upstream() as upstream, run_sidecar(policies, folder) as sidecar:
        ports = dict.fromkeys(services.values(), upstream.port)
        ports[services["sidecar"]] = sidecar.port
        clusters = [_static(c, ports[c["name"]]) for c in generated.clusters if c["name"] in ports]
        resources = {"listeners": [_listener(generated)], "clusters": clusters}
        with run_envoy({"static_resources": resources}, folder) as envoy:
            yield Gateway(envoy.ports["edge"], sidecar, upstream)


def _listener(generated: Generated) -> Json:
    manager = generated.manager()
    name = manager.pop("rds")["routeConfigName"]
    manager["routeConfig"] = next(routes for routes in generated.routes if routes["name"] == name)
    address = {"socketAddress": {"address": "127.0.0.1", "portValue": 0}}
    return {**generated.listener, "name": "edge", "address": address}


def _static(cluster: Json, port: int) -> Json:
    left_out = ("edsClusterConfig", "filters")
    kept = {key: value for key, value in cluster.items() if key not in left_out}
    address = {"socketAddress": {"address": "127.0.0.1", "portValue": port}}
    endpoints = [{"lbEndpoints": [{"endpoint": {"address": address}}]}]
    assignment = {"clusterName": cluster["name"], "endpoints": endpoints}
    return {**kept, "type": "STATIC", "loadAssignment": assignment}
