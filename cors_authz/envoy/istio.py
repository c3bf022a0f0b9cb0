"""The objects by which an ingress gateway of Istio asks the sidecar.

What Istio has fields for stands in them; for the rest there is an EnvoyFilter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from envoy_data_plane.envoy.config.core.v3 import GrpcService
from envoy_data_plane.envoy.extensions.filters.http.ext_authz.v3 import ExtAuthz
from envoy_data_plane.google.protobuf import Any

from cors_authz.config.spec import SetSpec
from cors_authz.envoy.authz_filter import FILTER_NAME, allowed_headers, retry_policy
from cors_authz.envoy.kubernetes import (
    Service,
    check_hosts,
    distinctly_named,
    manifest,
    object_name,
    without_empty,
)
from cors_authz.envoy.route_config import ROUTE_OF_NO_GROUP
from cors_authz.envoy.routes import (
    CORS_RESPONSE_HEADERS,
    GroupRoute,
    Hosts,
    PathKind,
    plan_hosts,
)
from cors_authz.envoy.text import Json, plain
from cors_authz.envoy.without_origin import MODES_WITH_ORIGIN, OTHER_SITES

NAME = "cors-authz"
"""Of the provider, and of the objects that are not about hosts."""

_PRESENT = ["*"]
_MANAGER = "envoy.filters.network.http_connection_manager"


@dataclass(frozen=True, slots=True)
class Mesh:
    """Names in the mesh, and how the sidecar is asked."""

    namespace: str
    """Of the ingress gateway."""
    selector: Mapping[str, str]
    """Labels of its pods."""
    gateway: str
    """The Gateway that hosts are bound to."""
    sidecar: Service
    upstream: Service
    timeout_s: float
    skips_without_origin: bool


def mesh_config(mesh: Mesh) -> Json:
    """What the configuration of the mesh needs: the provider, and one reading of paths."""
    provider = {
        "service": mesh.sidecar.name,
        "port": mesh.sidecar.port,
        "timeout": f"{mesh.timeout_s:g}s",
        "failOpen": False,
        "statusOnError": "503",
    }
    return {
        "meshConfig": {
            "extensionProviders": [{"name": NAME, "envoyExtAuthzGrpc": provider}],
            "pathNormalization": {"normalization": "MERGE_SLASHES"},
        }
    }


def istio_objects(spec: SetSpec, mesh: Mesh) -> list[Json]:
    """The objects to apply.

    Raises:
        HostError: A host of the set cannot be written.
    """
    hosts = plan_hosts(spec)
    check_hosts(hosts, numbers=True, short_names=False)
    virtual_services = [_virtual_service(planned, mesh) for planned in hosts]
    others = [_envoy_filter(mesh), _authorization_policy(mesh)]
    return distinctly_named([*virtual_services, *others])


def _authorization_policy(mesh: Mesh) -> Json:
    spec = {
        "selector": {"matchLabels": dict(mesh.selector)},
        "action": "CUSTOM",
        "provider": {"name": NAME},
        "rules": _uncertain_requests() if mesh.skips_without_origin else [{}],
    }
    return manifest("security.istio.io/v1", "AuthorizationPolicy", NAME, mesh.namespace, spec)


def _uncertain_requests() -> list[Json]:
    """Rules for all requests whose answer is not certain; one of them suffices."""
    was_removed = [
        _condition("sec-fetch-mode", MODES_WITH_ORIGIN.split("|")),
        _condition("sec-fetch-site", OTHER_SITES.split("|")),
    ]
    return [
        {"when": [_condition("origin", _PRESENT)]},
        {"when": [_condition("access-control-request-method", _PRESENT)]},
        {"when": was_removed},
    ]


def _condition(header: str, values: list[str]) -> Json:
    return {"key": f"request.headers[{header}]", "values": values}


def _envoy_filter(mesh: Mesh) -> Json:
    """What the provider cannot say."""
    config = ExtAuthz(
        grpc_service=GrpcService(retry_policy=retry_policy(mesh.timeout_s)),
        validate_mutations=True,
        charge_cluster_response_stats=False,
        allowed_headers=allowed_headers(),
    )
    matched = {"name": _MANAGER, "subFilter": {"name": FILTER_NAME}}
    patch = {
        "applyTo": "HTTP_FILTER",
        "match": {"context": "GATEWAY", "listener": {"filterChain": {"filter": matched}}},
        "patch": {"operation": "MERGE", "value": {"typed_config": plain(Any.pack(config))}},
    }
    spec = {"workloadSelector": {"labels": dict(mesh.selector)}, "configPatches": [patch]}
    return manifest("networking.istio.io/v1alpha3", "EnvoyFilter", NAME, mesh.namespace, spec)


def _virtual_service(hosts: Hosts, mesh: Mesh) -> Json:
    neighbours = groupby(hosts.routes, key=lambda route: route.group)
    routes = [_route(list(same), mesh) for _, same in neighbours]
    if not hosts.takes_every_path:
        rest: Json = {"name": ROUTE_OF_NO_GROUP}
        if hosts.rest_is_forwarded:
            rest["route"] = _destinations(mesh)
        else:
            rest["directResponse"] = {"status": 404}
        routes.append(rest)
    spec = {"hosts": list(hosts.domains), "gateways": [mesh.gateway], "http": routes}
    name = object_name(hosts)
    return manifest("networking.istio.io/v1", "VirtualService", name, mesh.namespace, spec)


def _route(routes: Sequence[GroupRoute], mesh: Mesh) -> Json:
    """Routes of one group that stand behind one another."""
    response: Json = {}
    if routes[0].is_decided:
        response["remove"] = list(CORS_RESPONSE_HEADERS)
        response["add"] = {"vary": "Origin"} if mesh.skips_without_origin else None
    takes_every_path = any(route.takes_every_path for route in routes)
    uris = [] if takes_every_path else [uri for route in routes for uri in _uris(route)]
    return without_empty(
        {
            "name": routes[0].group,
            "match": [{"uri": uri} for uri in uris],
            "headers": without_empty({"response": without_empty(response)}),
            "route": _destinations(mesh),
        }
    )


def _uris(route: GroupRoute) -> list[Json]:
    if route.kind is PathKind.REGEX:
        return [{"regex": route.path}]
    if route.has_escapes:
        return [{"regex": route.escaped_regex}]
    if route.kind is PathKind.EXACT:
        return [{"exact": route.path}]
    # Istio's own prefixes do not end at segments.
    return [{"exact": route.path}, {"prefix": f"{route.path}/"}]


def _destinations(mesh: Mesh) -> list[Json]:
    upstream = mesh.upstream
    return [{"destination": {"host": upstream.name, "port": {"number": upstream.port}}}]
