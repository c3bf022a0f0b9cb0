"""One Envoy for all that are compared: a listener for each, so that the same process serves all."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deploy.demo.ports import choose
from tests.bench.cores import pinned
from tests.bench.policies import Shape, write_set
from tests.bench.servers import Server
from tests.support.bootstrap import (
    AUTHZ_CLUSTER,
    Endpoints,
    Json,
    Listener,
    authz_service,
    build_bootstrap,
    direct_route,
    route,
    typed,
)
from tests.support.envoy import Envoy, run_envoy
from tests.support.serving import serve_environment

_ROUTER = typed("envoy.filters.http.router", "filters.http.router.v3.Router")
_NEW_ORIGIN = typed(
    "envoy.filters.http.header_mutation",
    "filters.http.header_mutation.v3.HeaderMutation",
    mutations={
        "request_mutations": [
            {
                "append": {
                    "header": {
                        "key": "origin",
                        "value": "https://shop-%REQ(x-request-id)%.example.com",
                    },
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                }
            }
        ]
    },
)
_CORS_FILTER = "envoy.filters.http.cors"
_CORS_POLICY = "filters.http.cors.v3.CorsPolicy"
_API = "type.googleapis.com/envoy"
_UPSTREAM = "upstream"
_WRITER_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Edge:
    """One way in through Envoy, and the server that is asked behind it."""

    name: str
    server: Server | None
    """``None`` asks nobody."""
    trims: bool = False
    """Whether Envoy sends only the headers that the decision needs, as is recommended."""
    skips: bool = False
    """Whether requests without Origin are let through without asking."""
    renews_origin: bool = False
    """Whether Envoy gives each request an Origin that was never there before."""
    own_filter: Mapping[str, Any] | None = None
    """A CORS policy for Envoy's own filter, which stands in for us."""
    is_routed: bool = False
    """Whether there is an upstream, on the same worker; elsewhere Envoy answers in its place.
    Envoy's own filter does nothing about such answers."""


@contextmanager
def run_edges(edges: Sequence[Edge], directory: Path, core: int) -> Iterator[Envoy]:
    """Run an Envoy with one worker on one core; its listeners are named after the edges."""
    directory.mkdir()
    upstream_port = choose()
    clusters: dict[str, Endpoints] = {_UPSTREAM: upstream_port}
    listeners = [_plain(_UPSTREAM)]
    for number, edge in enumerate(edges):
        cluster = f"{AUTHZ_CLUSTER}_{number}"
        if edge.server is not None:
            clusters[cluster] = _endpoints(edge.server)
        listeners.append(_listener(edge, cluster))
    bootstrap = build_bootstrap(listeners, clusters, directory / "access.log")
    upstream, *others = bootstrap["static_resources"]["listeners"]
    upstream["address"]["socket_address"]["port_value"] = upstream_port
    for edge, listener in zip(edges, others, strict=True):
        if edge.skips:
            _ask_only_with_origin(listener, directory)
    with ExitStack() as stack:
        with pinned(core):
            envoy = stack.enter_context(run_envoy(bootstrap, directory))
        yield envoy


def _plain(name: str, *filters: Json) -> Listener:
    """Without our filter."""
    manager = {"access_log": [], "http_filters": [*filters, _ROUTER]}
    return Listener(name, [direct_route("/", 200)], manager=manager)


def _endpoints(server: Server) -> Endpoints:
    """One TCP endpoint is not asked for its health, as servers that do nothing have none."""
    (target, *others) = server.targets
    if others or target.startswith("unix"):
        return server.targets
    return int(target.rpartition(":")[2])


def _listener(edge: Edge, cluster: str) -> Listener:
    if edge.own_filter is not None:
        policy = {"@type": f"{_API}.extensions.{_CORS_POLICY}", **edge.own_filter}
        to_upstream = {
            **route("/", _UPSTREAM),
            "typed_per_filter_config": {_CORS_FILTER: policy},
        }
        cors = typed(_CORS_FILTER, "filters.http.cors.v3.Cors")
        return replace(_plain(edge.name, cors), routes=[to_upstream])
    if edge.server is not None:
        authz: Json = {"grpc_service": authz_service(cluster)}
        if not edge.trims:
            authz["allowed_headers"] = None
        answered = Listener(
            edge.name,
            [direct_route("/", 200)],
            earlier_filters=[_NEW_ORIGIN] if edge.renews_origin else [],
            authz=authz,
            manager={"access_log": []},
        )
    else:
        answered = _plain(edge.name)
    return replace(answered, routes=[route("/", _UPSTREAM)]) if edge.is_routed else answered


def _ask_only_with_origin(listener: Json, directory: Path) -> None:
    """Have requests without Origin pass by the filter, as ``--skip-without-origin`` writes it."""
    config = write_set(Shape(), directory / f"skipping-{listener['name']}")
    command = (sys.executable, "-m", "cors_authz", "envoy", "filter", config)
    options = ("--skip-without-origin", "--format", "json")
    text = subprocess.check_output(
        [*command, *options], env=serve_environment(), timeout=_WRITER_TIMEOUT_S
    )
    (written,) = json.loads(text)["http_filters"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    (authz, *others) = manager["http_filters"]
    skipping = {**written["typed_config"], "extension_config": authz}
    manager["http_filters"] = [{"name": authz["name"], "typed_config": skipping}, *others]
