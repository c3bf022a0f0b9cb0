"""How cors-authz is called: in what time; retries and clusters have modules of their own."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.cluster import check_cluster, read_endpoints
from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.retries import SHORT_S, check_retries
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene, service_target

LONG_S = 30.0
"""What browsers and gateways give a whole request."""


def check_services(scene: Scene) -> Iterator[Finding]:
    """Check every ``grpc_service`` that calls cors-authz, those of routes included."""
    seen: set[int] = set()
    for service in _services(scene):
        if id(service.value) not in seen:
            seen.add(id(service.value))
            yield from _check_service(service, scene)


def _services(scene: Scene) -> Iterator[Node]:
    for filter_ in scene.ours:
        yield filter_.config.get("grpc_service")
        for route in scene.manager.routes:
            for override in route.overrides(filter_.name):
                service = override.config.get("check_settings", "grpc_service")
                if service and not scene.asks_another(route, filter_):
                    yield service


def _check_service(service: Node, scene: Scene) -> Iterator[Finding]:
    yield from _check_timeout(service)
    if service.get("google_grpc"):
        yield finding(
            RuleId.GOOGLE_GRPC,
            service.get("google_grpc"),
            "Envoy tries no check again here, nor does it health-check or balance: all that is the "
            "cluster's, which google_grpc has none of",
            "write envoy_grpc: {cluster_name: …}, and a cluster for cors-authz",
        )
        return
    name = service_target(service)
    cluster = scene.resources.clusters.get(name)
    if cluster is None:
        yield finding(
            RuleId.CLUSTER_UNSEEN,
            service.get("envoy_grpc").get("cluster_name"),
            f"the cluster {name} is not in the file, so that it could not be checked",
            "give what the admin API says at /config_dump?include_eds",
        )
    endpoints = read_endpoints(cluster, scene.resources)
    yield from check_retries(service, endpoints)
    if cluster is not None:
        retries = bool(service.get("retry_policy"))
        yield from check_cluster(cluster, endpoints, scene.expectations, retries=retries)


def _check_timeout(service: Node) -> Iterator[Finding]:
    timeout_s = service.duration_s("timeout")
    if timeout_s is None:
        return
    if timeout_s == 0 or timeout_s > LONG_S:
        told = "for ever" if timeout_s == 0 else f"{timeout_s:g} s"
        yield finding(
            RuleId.TIMEOUT_UNBOUNDED,
            service.get("timeout"),
            f"requests wait {told} for a worker that hangs",
            "set timeout: 0.25s",
        )
    elif timeout_s < SHORT_S:
        yield finding(
            RuleId.TIMEOUT_SHORT,
            service.get("timeout"),
            f"{timeout_s:g} s must do for all tries together: requests fail where a worker is "
            "briefly busy",
            "set timeout: 0.25s",
        )
