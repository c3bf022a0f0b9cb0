"""One Envoy for all that are compared: a listener for each, so that the same process serves all."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.bench.cores import pinned
from tests.bench.servers import Server
from tests.support.bootstrap import (
    AUTHZ_CLUSTER,
    Endpoints,
    Json,
    Listener,
    authz_service,
    build_bootstrap,
    direct_route,
    typed,
)
from tests.support.envoy import run_envoy

_ROUTER = typed("envoy.filters.http.router", "filters.http.router.v3.Router")
_CORS_FILTER = "envoy.filters.http.cors"


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
    own_filter: Mapping[str, Any] | None = field(default=None)
    """A CORS policy for Envoy's own filter, which stands in for us."""


@contextmanager
def run_edges(edges: Sequence[Edge], directory: Path, core: int) -> Iterator[Mapping[str, int]]:
    """Run an Envoy with one worker on one core; yield the port of each edge, by its name."""
    directory.mkdir()
    clusters: dict[str, Endpoints] = {}
    listeners = []
    for number, edge in enumerate(edges):
        cluster = f"{AUTHZ_CLUSTER}_{number}"
        if edge.server is not None:
            clusters[cluster] = _endpoints(edge.server)
        listeners.append(_listener(edge, cluster))
    bootstrap = build_bootstrap(listeners, clusters, directory / "access.log")
    for edge, listener in zip(edges, bootstrap["static_resources"]["listeners"], strict=True):
        if edge.skips:
            _ask_only_with_origin(listener)
    with ExitStack() as stack:
        with pinned(core):
            envoy = stack.enter_context(run_envoy(bootstrap, directory))
        yield envoy.ports


def _endpoints(server: Server) -> Endpoints:
    """One TCP endpoint is not asked for its health, as servers that do nothing have none."""
    (target, *others) = server.targets
    if others or target.startswith("unix"):
        return server.targets
    return int(target.rpartition(":")[2])


def _listener(edge: Edge, cluster: str) -> Listener:
    authz: Json = {"grpc_service": authz_service(cluster)}
    if not edge.trims:
        authz["allowed_headers"] = None
    plain = Listener(edge.name, [direct_route("/", 200)], authz=authz, manager={"access_log": []})
    if edge.own_filter is not None:
        cors = typed(_CORS_FILTER, "filters.http.cors.v3.Cors")
        policy = {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
            **edge.own_filter,
        }
        route = {**direct_route("/", 200), "typed_per_filter_config": {_CORS_FILTER: policy}}
        manager = {"access_log": [], "http_filters": [cors, _ROUTER]}
        return replace(plain, routes=[route], manager=manager)
    if edge.server is None:
        return replace(plain, manager={"access_log": [], "http_filters": [_ROUTER]})
    return plain


def _ask_only_with_origin(listener: Json) -> None:
    """Have requests without Origin pass by the filter (envoy-contract: a matcher skips it)."""
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    (authz, *others) = manager["http_filters"]
    api = "type.googleapis.com/envoy"
    origin = {
        "input": {
            "name": "origin",
            "typed_config": {
                "@type": f"{api}.type.matcher.v3.HttpRequestHeaderMatchInput",
                "header_name": "origin",
            },
        },
        "value_match": {"safe_regex": {"google_re2": {}, "regex": ".*"}},
    }
    skip = {"@type": f"{api}.extensions.filters.common.matcher.action.v3.SkipFilter"}
    matcher = {
        "predicate": {"not_matcher": {"single_predicate": origin}},
        "on_match": {"action": {"name": "skip", "typed_config": skip}},
    }
    skipping = {
        "@type": f"{api}.extensions.common.matching.v3.ExtensionWithMatcher",
        "extension_config": authz,
        "xds_matcher": {"matcher_list": {"matchers": [matcher]}},
    }
    manager["http_filters"] = [{"name": authz["name"], "typed_config": skipping}, *others]
