"""The objects by which a Gateway of Envoy Gateway asks the sidecar.

What Envoy Gateway has fields for stands in them; for the rest there is an EnvoyPatchPolicy.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import TypeVar

from envoy_data_plane.envoy.config.core.v3 import RetryPolicy
from envoy_data_plane.envoy.extensions.filters.http.ext_authz.v3 import ExtAuthz

from cors_authz.config.spec import SetSpec
from cors_authz.envoy.authz_filter import FILTER_NAME, HEADERS_READ, retry_policy
from cors_authz.envoy.kubernetes import (
    Service,
    check_hosts,
    distinctly_named,
    manifest,
    object_name,
    without_empty,
)
from cors_authz.envoy.routes import (
    CORS_RESPONSE_HEADERS,
    EVERY_HOST,
    GroupRoute,
    Hosts,
    PathKind,
    plan_hosts,
)
from cors_authz.envoy.sidecar_cluster import MAX_RETRIES
from cors_authz.envoy.text import Json, plain

NAME = "cors-authz"
NOT_FOUND = "not-found"

_Each = TypeVar("_Each")

_ENVOY = "gateway.envoyproxy.io"
_GATEWAY = "gateway.networking.k8s.io"
_PATH_TYPES = {
    PathKind.EXACT: "Exact",
    PathKind.REGEX: "RegularExpression",
    PathKind.PREFIX: "PathPrefix",
    PathKind.EVERY: "PathPrefix",
}
_MAX_HOSTNAMES = 16
_MAX_RULES = 16
_MAX_MATCHES = 8
"""Of an HTTPRoute and of a rule: the schema allows 16 rules, and 128 matches in all of them."""

_PLAIN_PATH = re.compile(r"[-A-Za-z0-9/._~!$&'()*+,;=:@]+")
"""What an HTTPRoute takes as it is, less escapes, whose case it would compare."""


@dataclass(frozen=True, slots=True)
class GatewayNames:
    """Names in the cluster, and how the sidecar is asked."""

    namespace: str
    gateway: str
    listeners: Sequence[str]
    sidecar: Service
    upstream: Service
    timeout_s: float


def gateway_objects(spec: SetSpec, names: GatewayNames) -> list[Json]:
    """The objects to apply.

    Raises:
        HostError: A host of the set cannot be written.
    """
    hosts = plan_hosts(spec)
    check_hosts(hosts, numbers=False, short_names=True)
    routes = (route for planned in hosts for route in _http_routes(planned, names))
    others = (
        _not_found(names),
        _reference_grant(names),
        _patch_policy(names),
        _security_policy(names),
    )
    return distinctly_named([*routes, *others])


def _security_policy(names: GatewayNames) -> Json:
    sidecar = names.sidecar
    backend = {"name": sidecar.name, "namespace": sidecar.namespace, "port": sidecar.port}
    ext_auth = {
        "failOpen": False,
        "statusOnError": 503,
        "timeout": _milliseconds(names.timeout_s),
        "headersToExtAuth": list(HEADERS_READ),
        "grpc": {"backendRefs": [backend], "backendSettings": _backend_settings(names.timeout_s)},
    }
    target = {"group": _GATEWAY, "kind": "Gateway", "name": names.gateway}
    spec = {"targetRefs": [target], "extAuth": ext_auth}
    return manifest(f"{_ENVOY}/v1alpha1", "SecurityPolicy", NAME, names.namespace, spec)


def _backend_settings(timeout_s: float) -> Json:
    policy = retry_policy(timeout_s)
    back_off = {
        "baseInterval": _milliseconds(timeout_s / 10),
        "maxInterval": _milliseconds(timeout_s),
    }
    return {
        "retry": {
            "numRetries": policy.num_retries,
            "perRetry": {"backOff": back_off},
            "retryOn": {"triggers": policy.retry_on.split(",")},
        },
        "circuitBreaker": {"maxParallelRetries": MAX_RETRIES},
        "healthCheck": {
            "active": {
                "type": "GRPC",
                "timeout": "500ms",
                "interval": "1s",
                "unhealthyThreshold": 1,
                "healthyThreshold": 1,
            }
        },
    }


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"


def _patch_policy(names: GatewayNames) -> Json:
    """What a SecurityPolicy cannot say."""
    filter_name = f"{FILTER_NAME}/securitypolicy/{names.namespace}/{NAME}"
    config = f"..http_filters[?(@.name=='{filter_name}')].typed_config"
    policy = retry_policy(names.timeout_s)
    whole = ExtAuthz(validate_mutations=True, charge_cluster_response_stats=False)
    retries = RetryPolicy(
        retry_host_predicate=policy.retry_host_predicate,
        host_selection_retry_max_attempts=policy.host_selection_retry_max_attempts,
    )
    added = [(config, field) for field in plain(whole).items()]
    added += [(f"{config}.grpc_service.retry_policy", field) for field in plain(retries).items()]
    patches = [
        {
            "type": "type.googleapis.com/envoy.config.listener.v3.Listener",
            "name": f"{names.namespace}/{names.gateway}/{listener}",
            "operation": {"op": "add", "jsonPath": place, "path": key, "value": value},
        }
        for listener in names.listeners
        for place, (key, value) in added
    ]
    target = {"group": _GATEWAY, "kind": "Gateway", "name": names.gateway}
    spec = {"targetRef": target, "type": "JSONPatch", "jsonPatches": patches}
    return manifest(f"{_ENVOY}/v1alpha1", "EnvoyPatchPolicy", NAME, names.namespace, spec)


def _reference_grant(names: GatewayNames) -> Json:
    """In the namespace of the sidecar: lets the policy name its Service."""
    spec = {
        "from": [{"group": _ENVOY, "kind": "SecurityPolicy", "namespace": names.namespace}],
        "to": [{"group": "", "kind": "Service", "name": names.sidecar.name}],
    }
    return manifest(f"{_GATEWAY}/v1beta1", "ReferenceGrant", NAME, names.sidecar.namespace, spec)


def _not_found(names: GatewayNames) -> Json:
    spec = {"directResponse": {"statusCode": 404}}
    return manifest(f"{_ENVOY}/v1alpha1", "HTTPRouteFilter", NOT_FOUND, names.namespace, spec)


def _http_routes(hosts: Hosts, names: GatewayNames) -> Iterator[Json]:
    """As many as needed: of all of them together, the most specific path wins."""
    rules = list(_rules(hosts, names))
    hostnames = [domain for domain in hosts.domains if domain != EVERY_HOST]
    some_hosts = _cut(hostnames, _MAX_HOSTNAMES) or [[]]
    for hosts_here, rules_here in product(some_hosts, _cut(rules, _MAX_RULES)):
        spec = without_empty(
            {
                "parentRefs": [{"name": names.gateway}],
                "hostnames": hosts_here,
                "rules": rules_here,
            }
        )
        name = object_name(hosts)
        yield manifest(f"{_GATEWAY}/v1", "HTTPRoute", name, names.namespace, spec)


def _rules(hosts: Hosts, names: GatewayNames) -> Iterator[Json]:
    by_group = sorted(hosts.routes, key=lambda route: route.group)
    for _, routes in groupby(by_group, key=lambda route: route.group):
        for together in _cut(list(routes), _MAX_MATCHES):
            yield _rule(together, names)
    if not hosts.takes_every_path:
        yield _rest(names, is_forwarded=hosts.rest_is_forwarded)


def _cut(items: list[_Each], size: int) -> list[list[_Each]]:
    return [items[first : first + size] for first in range(0, len(items), size)]


def _rule(routes: Sequence[GroupRoute], names: GatewayNames) -> Json:
    """A rule for paths of one group."""
    removal = {
        "type": "ResponseHeaderModifier",
        "responseHeaderModifier": {"remove": list(CORS_RESPONSE_HEADERS)},
    }
    return without_empty(
        {
            "matches": [_path(route) for route in routes],
            "filters": [removal] if routes[0].is_decided else [],
            "backendRefs": _backends(names),
        }
    )


def _rest(names: GatewayNames, *, is_forwarded: bool) -> Json:
    matches = [_match("PathPrefix", "/")]
    if is_forwarded:
        return {"matches": matches, "backendRefs": _backends(names)}
    not_found = {"group": _ENVOY, "kind": "HTTPRouteFilter", "name": NOT_FOUND}
    return {
        "matches": matches,
        "filters": [{"type": "ExtensionRef", "extensionRef": not_found}],
    }


def _path(route: GroupRoute) -> Json:
    if route.kind is PathKind.REGEX or _PLAIN_PATH.fullmatch(route.path):
        return _match(_PATH_TYPES[route.kind], route.path)
    return _match(_PATH_TYPES[PathKind.REGEX], route.escaped_regex)


def _match(kind: str, value: str) -> Json:
    return {"path": {"type": kind, "value": value}}


def _backends(names: GatewayNames) -> list[Json]:
    return [{"name": names.upstream.name, "port": names.upstream.port}]
