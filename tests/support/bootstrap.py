"""The recommended Envoy configuration as plain data, with the variations that tests need.

Only what :func:`tests.support.envoy.run_envoy` needs is here; the filters that come after
ours are given by the caller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.certificate import Certificate

Json = dict[str, Any]

Endpoints = int | Sequence[str]
"""A port on loopback, or what gRPC calls targets, whose health Envoy is to ask for."""

AUTHZ_FILTER = "envoy.filters.http.ext_authz"
AUTHZ_CLUSTER = "cors_authz"
_API = "type.googleapis.com/envoy.extensions"
_PREVIOUS_HOSTS = "previous_hosts.v3.PreviousHostsPredicate"

_CORS_RESPONSE_HEADERS = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-allow-private-network",
]

_FORWARDED_TO_SIDECAR: list[Json] = [
    {"exact": "origin", "ignore_case": True},
    {"prefix": "access-control-request-", "ignore_case": True},
    {"prefix": "sec-fetch-", "ignore_case": True},
    {"exact": "upgrade", "ignore_case": True},
    {"exact": "traceparent", "ignore_case": True},
    {"exact": "b3", "ignore_case": True},
    {"prefix": "x-b3-", "ignore_case": True},
]

_ACCESS_LOG_FORMAT: Json = {
    "probe": "%REQ(X-PROBE)%",
    "requestId": "%REQ(X-REQUEST-ID)%",
    "status": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "startedAt": "%START_TIME(%s.%6f)%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(:PATH)%",
    "protocol": "%PROTOCOL%",
    "cors": f"%DYNAMIC_METADATA({AUTHZ_FILTER}:cors)%",
}


_HEALTH_CHECK: Json = {
    "timeout": "0.5s",
    "interval": "1s",
    "no_traffic_interval": "1s",
    "unhealthy_threshold": 1,
    "healthy_threshold": 1,
    "grpc_health_check": {},
}


@dataclass(frozen=True, slots=True)
class Listener:
    """One way in: HTTP/1 and HTTP/2 on TCP, or HTTP/3 where there is a certificate."""

    name: str
    routes: Sequence[Json]
    certificate: Certificate | None = None
    tls: Certificate | None = None
    """On TCP, with HTTP/2 for whoever knows it."""
    recommended: bool = True
    """``False`` is the careless operator: paths are not normalised, what upstreams say
    about CORS is not stripped, and every request header is shown to the sidecar."""
    earlier_filters: Sequence[Json] = ()
    later_filters: Sequence[Json] = ()
    authz: Mapping[str, Any] | None = None
    """Fields of the ext_authz filter that differ."""
    manager: Mapping[str, Any] | None = None
    """Fields of the connection manager that differ."""


def typed(name: str, message: str, **fields: Any) -> Json:
    """An extension ``name`` configured by ``message``, given without the common prefix."""
    return {"name": name, "typed_config": {"@type": f"{_API}.{message}", **fields}}


def build_bootstrap(
    listeners: Sequence[Listener], clusters: Mapping[str, Endpoints], access_log: Path
) -> Json:
    """Put a bootstrap together.

    ``clusters`` are ports on loopback by cluster name; ``cors_authz`` is the sidecar's, and
    names that start so are those of others. The access log is one JSON object per request,
    ``X-Probe`` header included.
    """
    return {
        "static_resources": {
            "listeners": [_listener(listener, access_log) for listener in listeners],
            "clusters": [_cluster(name, port) for name, port in clusters.items()],
        }
    }


def route(
    prefix: str,
    cluster: str = "app",
    *,
    group: str | None = None,
    sidecar: str | None = None,
    checked: bool = True,
    stripped: bool = False,
) -> Json:
    """A route; ``group`` names the API group, ``checked=False`` skips the check.

    ``sidecar`` is the cluster of another sidecar that is to be asked here. ``stripped``
    removes what upstreams say about CORS, as recommended listeners do everywhere.
    """
    found: Json = {"match": {"prefix": prefix}, "route": {"cluster": cluster}}
    if stripped:
        found["response_headers_to_remove"] = _CORS_RESPONSE_HEADERS
    settings: Json = {}
    if group is not None:
        settings["context_extensions"] = {"cors_authz.group": group}
    if sidecar is not None:
        settings["grpc_service"] = authz_service(sidecar)
    per_route: Json = {"check_settings": settings} if checked else {"disabled": True}
    if settings or not checked:
        per_route["@type"] = f"{_API}.filters.http.ext_authz.v3.ExtAuthzPerRoute"
        found["typed_per_filter_config"] = {AUTHZ_FILTER: per_route}
    return found


def direct_route(prefix: str, status: int) -> Json:
    """A route that Envoy answers itself."""
    return {"match": {"prefix": prefix}, "direct_response": {"status": status}}


def _listener(listener: Listener, access_log: Path) -> Json:
    udp = listener.certificate is not None
    address = {"address": "127.0.0.1", "port_value": 0, "protocol": "UDP" if udp else "TCP"}
    chain: Json = {"filters": [_connection_manager(listener, access_log)]}
    found: Json = {
        "name": listener.name,
        "address": {"socket_address": address},
        "filter_chains": [chain],
    }
    if listener.certificate is not None:
        found["udp_listener_config"] = {"quic_options": {}}
        chain["transport_socket"] = _quic_transport(listener.certificate)
    elif listener.tls is not None:
        chain["transport_socket"] = _tls_transport(listener.tls)
    return found


def _quic_transport(certificate: Certificate) -> Json:
    return typed(
        "envoy.transport_sockets.quic",
        "transport_sockets.quic.v3.QuicDownstreamTransport",
        downstream_tls_context={"common_tls_context": _tls_context(certificate)},
    )


def _tls_transport(certificate: Certificate) -> Json:
    context = {**_tls_context(certificate), "alpn_protocols": ["h2", "http/1.1"]}
    return typed(
        "envoy.transport_sockets.tls",
        "transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context=context,
    )


def _tls_context(certificate: Certificate) -> Json:
    files = {
        "certificate_chain": {"filename": str(certificate.chain)},
        "private_key": {"filename": str(certificate.key)},
    }
    return {"tls_certificates": [files]}


def _connection_manager(listener: Listener, access_log: Path) -> Json:
    fields: Json = {
        "stat_prefix": listener.name,
        "codec_type": "HTTP3" if listener.certificate is not None else "AUTO",
        "use_remote_address": True,
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_protocol_options": {"accept_http_10": True},
        "http2_protocol_options": {"allow_connect": True},
        "access_log": [_access_log(access_log)],
        "route_config": _route_config(listener),
        "http_filters": [
            *listener.earlier_filters,
            _authz_filter(listener),
            *listener.later_filters,
            typed("envoy.filters.http.router", "filters.http.router.v3.Router"),
        ],
    }
    if listener.recommended:
        fields["normalize_path"] = True
        fields["merge_slashes"] = True
        fields["path_with_escaped_slashes_action"] = "UNESCAPE_AND_REDIRECT"
    return typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        **{**fields, **(listener.manager or {})},
    )


def _access_log(path: Path) -> Json:
    return typed(
        "envoy.access_loggers.file",
        "access_loggers.file.v3.FileAccessLog",
        path=str(path),
        log_format={"json_format": _ACCESS_LOG_FORMAT},
    )


def _route_config(listener: Listener) -> Json:
    host = {"name": "every-host", "domains": ["*"], "routes": list(listener.routes)}
    config: Json = {"name": listener.name, "virtual_hosts": [host]}
    if listener.recommended:
        config["response_headers_to_remove"] = _CORS_RESPONSE_HEADERS
    return config


def _authz_filter(listener: Listener) -> Json:
    fields: Json = {
        "transport_api_version": "V3",
        "grpc_service": authz_service(),
        "failure_mode_allow": False,
        "status_on_error": {"code": "ServiceUnavailable"},
        "validate_mutations": True,
        "charge_cluster_response_stats": False,
    }
    if listener.recommended:
        fields["allowed_headers"] = {"patterns": _FORWARDED_TO_SIDECAR}
    message = "filters.http.ext_authz.v3.ExtAuthz"
    return typed(AUTHZ_FILTER, message, **{**fields, **(listener.authz or {})})


def authz_service(cluster: str = AUTHZ_CLUSTER, *, try_timeout: str = "2s") -> Json:
    """As recommended, but with time for a machine that is busy with other tests.

    Envoy takes the longest interval between tries for the timeout of each try as well.
    """
    return {
        "envoy_grpc": {"cluster_name": cluster},
        "timeout": "5s",
        "initial_metadata": [{"key": "x-request-id", "value": "%REQ(x-request-id)%"}],
        "retry_policy": {
            "retry_on": "connect-failure,refused-stream,unavailable,cancelled,reset",
            "num_retries": 3,
            "retry_back_off": {"base_interval": "0.025s", "max_interval": try_timeout},
            "host_selection_retry_max_attempts": 5,
            "retry_host_predicate": [
                {
                    "name": "envoy.retry_host_predicates.previous_hosts",
                    "typed_config": {"@type": f"{_API}.retry.host.{_PREVIOUS_HOSTS}"},
                }
            ],
        },
    }


def _cluster(name: str, endpoints: Endpoints) -> Json:
    targets = (f"127.0.0.1:{endpoints}",) if isinstance(endpoints, int) else endpoints
    addresses = [{"endpoint": {"address": _address(target)}} for target in targets]
    found: Json = {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": addresses}]},
    }
    if not name.startswith(AUTHZ_CLUSTER):
        return found
    options = "upstreams.http.v3.HttpProtocolOptions"
    http2: Json = {"explicit_http_config": {"http2_protocol_options": {}}}
    extension = {"@type": f"{_API}.{options}", **http2}
    found["typed_extension_protocol_options"] = {f"envoy.extensions.{options}": extension}
    found["circuit_breakers"] = {"thresholds": [{"max_retries": 1024}]}
    if not isinstance(endpoints, int):
        found["health_checks"] = [_HEALTH_CHECK]
    return found


def _address(target: str) -> Json:
    if target.startswith("unix:"):
        return {"pipe": {"path": target.removeprefix("unix:")}}
    if target.startswith("unix-abstract:"):
        return {"pipe": {"path": f"@{target.removeprefix('unix-abstract:')}"}}
    host, _, port = target.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}
