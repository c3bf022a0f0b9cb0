"""A whole Envoy that asks the sidecar: listener, routes, filters, clusters.

What is chosen here, and why, stands in :mod:`cors_authz.envoy.comments`.
"""

from dataclasses import dataclass
from datetime import timedelta

from envoy_data_plane.envoy.config.accesslog.v3 import AccessLog
from envoy_data_plane.envoy.config.bootstrap.v3 import Admin, Bootstrap, BootstrapStaticResources
from envoy_data_plane.envoy.config.cluster.v3 import Cluster
from envoy_data_plane.envoy.config.core.v3 import (
    DataSource,
    SubstitutionFormatString,
)
from envoy_data_plane.envoy.config.listener.v3 import Filter, FilterChain, Listener
from envoy_data_plane.envoy.extensions.access_loggers.stream.v3 import StdoutAccessLog
from envoy_data_plane.envoy.extensions.filters.http.router.v3 import Router
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import (
    HttpConnectionManager,
    HttpConnectionManagerPathWithEscapedSlashesAction,
    HttpConnectionManagerUpgradeConfig,
    HttpFilter,
)
from envoy_data_plane.google.protobuf import Any

from cors_authz.config.spec import SetSpec
from cors_authz.envoy.address import listening_address, reachable_address
from cors_authz.envoy.authz_filter import FILTER_NAME, Asking, authz_http_filter
from cors_authz.envoy.route_config import route_config
from cors_authz.envoy.routes import plan_hosts
from cors_authz.envoy.sidecar_cluster import cluster_at
from cors_authz.envoy.text import Json, plain

UPSTREAM = "app"

_DECISION = f"%DYNAMIC_METADATA({FILTER_NAME}:cors:{{}})%"
_ACCESS_LOG_LINE = " ".join(
    (
        "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%",
        "%REQ(X-REQUEST-ID)%",
        f"cors={_DECISION.format('verdict')}",
        f"reason={_DECISION.format('reason')}",
        f"group={_DECISION.format('group')}",
    )
)


@dataclass(frozen=True, slots=True)
class Edge:
    """Where Envoy stands."""

    listen: str
    upstream: str
    """The address of the service behind it."""
    admin: str | None
    trusted_hops: int
    """Proxies in front of Envoy whose ``X-Forwarded-For`` is believed."""


def bootstrap(spec: SetSpec, edge: Edge, asking: Asking, sidecar: Cluster) -> Json:
    """Put the bootstrap together, as plain data.

    Raises:
        AddressError: One of the addresses is none.
    """
    manager = plain(Any.pack(_connection_manager(asking, edge.trusted_hops)))
    routes = route_config(plan_hosts(spec), UPSTREAM, adds_vary=asking.skips_without_origin)
    listener = plain(_listener(edge.listen))
    (chain,) = listener["filter_chains"]
    chain["filters"][0]["typed_config"] = {**manager, "route_config": routes}
    clusters = [sidecar, _upstream_cluster(edge.upstream)]
    admin = None if edge.admin is None else Admin(address=listening_address(edge.admin))
    resources = BootstrapStaticResources(clusters=clusters)
    return {
        **plain(Bootstrap(admin=admin)),
        "static_resources": {"listeners": [listener], **plain(resources)},
    }


def _listener(listen: str) -> Listener:
    manager = Filter(name="envoy.filters.network.http_connection_manager")
    return Listener(
        name="edge",
        address=listening_address(listen),
        filter_chains=[FilterChain(filters=[manager])],
    )


def _connection_manager(asking: Asking, trusted_hops: int) -> HttpConnectionManager:
    """Without its routes."""
    escaped_slashes = HttpConnectionManagerPathWithEscapedSlashesAction.UNESCAPE_AND_REDIRECT
    router = HttpFilter(name="envoy.filters.http.router", typed_config=Any.pack(Router()))
    return HttpConnectionManager(
        stat_prefix="edge",
        use_remote_address=True,
        xff_num_trusted_hops=trusted_hops,
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action=escaped_slashes,
        upgrade_configs=[HttpConnectionManagerUpgradeConfig(upgrade_type="websocket")],
        always_set_request_id_in_response=True,
        access_log=[_access_log()],
        http_filters=[authz_http_filter(asking), router],
    )


def _access_log() -> AccessLog:
    line = SubstitutionFormatString(
        text_format_source=DataSource(inline_string=f"{_ACCESS_LOG_LINE}\n")
    )
    return AccessLog(
        name="envoy.access_loggers.stdout",
        typed_config=Any.pack(StdoutAccessLog(log_format=line)),
    )


def _upstream_cluster(upstream: str) -> Cluster:
    cluster = cluster_at(UPSTREAM, [reachable_address(upstream)])
    cluster.connect_timeout = timedelta(milliseconds=250)
    return cluster
