"""How cors-authz is called: time, retries, the cluster and its endpoints."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.cluster import Endpoints, check_cluster, read_endpoints
from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene, service_target

_RETRY_ON = "connect-failure,refused-stream,unavailable,cancelled,reset"
_RECOMMENDED = (
    f"grpc_service: {{retry_policy: {{retry_on: '{_RETRY_ON}', num_retries: 3, …}}}}, as "
    "deploy/envoy/envoy.yaml has it"
)
_CONNECT_FAILURES = frozenset({"connect-failure", "reset", "5xx", "gateway-error"})
"""What makes Envoy try again where nobody listens."""
_PREVIOUS_HOSTS = "PreviousHostsPredicate"

SHORT_S = 0.05
"""A worker answers in a few milliseconds; on a busy machine, or reading a large policy set, in
tens of them."""
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
                if service:
                    yield service


def _check_service(service: Node, scene: Scene) -> Iterator[Finding]:
    yield from _check_timeout(service)
    if service.get("google_grpc"):
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
    yield from _check_retries(service, endpoints)
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


def _check_retries(service: Node, endpoints: Endpoints) -> Iterator[Finding]:
    policy = service.get("retry_policy")
    if not policy:
        misplaced = service.get("envoy_grpc", "retry_policy")
        if misplaced:
            yield finding(
                RuleId.RETRIES_MISPLACED,
                misplaced,
                "Envoy ignores the retry_policy of envoy_grpc: whatever a restarting worker fails "
                "is refused",
                "move it one level up, beside envoy_grpc",
            )
            return
        yield finding(
            RuleId.RETRIES_MISSING,
            service,
            "no check is tried again: whatever a restarting worker fails is refused",
            f"write {_RECOMMENDED}",
        )
        return
    reasons = {reason.strip() for reason in policy.text("retry_on").split(",")}
    untold = [
        told
        for told, needed in (
            ("connections that fail", _CONNECT_FAILURES),
            ("workers that say unavailable, as they do when they end", {"unavailable"}),
        )
        if not reasons & needed
    ]
    if untold:
        yield finding(
            RuleId.RETRIES_BLIND,
            policy.get("retry_on") or policy,
            f"retry_on leaves out {' and '.join(untold)}",
            f"write retry_on: {_RETRY_ON}",
        )
    predicates = {p.get("typed_config").type for p in policy.items("retry_host_predicate")}
    if endpoints.several and _PREVIOUS_HOSTS not in predicates:
        yield finding(
            RuleId.RETRIES_SAME_HOST,
            policy,
            "a retry may go to the worker that has just failed",
            "add retry_host_predicate with envoy.retry_host_predicates.previous_hosts, and "
            "host_selection_retry_max_attempts: 5",
        )
