"""The cluster of cors-authz: protocol, circuit breakers, health checks, endpoints."""

from collections.abc import Iterator
from dataclasses import dataclass

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.node import NOWHERE, Node
from cors_authz.envoy.doctor.resources import Resources
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Expectations

_FEW_RETRIES = 32
"""At once. Envoy's default is 3, and a worker that ends fails all checks in flight."""

_KINDS = ("STATIC", "STRICT_DNS", "LOGICAL_DNS", "EDS", "ORIGINAL_DST")
"""envoy/config/cluster/v3/cluster.proto, DiscoveryType."""

_PRIORITIES = ("DEFAULT", "HIGH")

_BY_NAME = frozenset({"STRICT_DNS", "LOGICAL_DNS"})


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints of a cluster, as far as the file shows them."""

    node: Node
    """Where they are listed."""
    addresses: frozenset[str]
    static: bool
    """Whether there can be no others later."""
    complete: bool
    """Whether there are no more, from DNS or a control plane that the file does not show."""

    @property
    def several(self) -> bool:
        """Whether there may be more than one."""
        return not self.static or len(self.addresses) > 1


def read_endpoints(cluster: Node | None, resources: Resources) -> Endpoints:
    """Read the endpoints of a cluster; of one that is not in the file, there may be any."""
    if cluster is None:
        return Endpoints(NOWHERE, frozenset(), static=False, complete=False)
    kind = _kind(cluster)
    assignment = cluster.get("load_assignment")
    static = complete = kind == "STATIC"
    if kind == "EDS":
        name = cluster.get("eds_cluster_config").text("service_name") or cluster.text("name")
        assignment = resources.endpoints.get(name, assignment)
        complete = bool(assignment)
    found = {
        str(member.get("endpoint", "address").value)
        for locality in assignment.items("endpoints")
        for member in locality.items("lb_endpoints")
    }
    return Endpoints(assignment, frozenset(found), static=static, complete=complete)


def _kind(cluster: Node) -> str:
    """How a cluster finds its endpoints."""
    custom = cluster.get("cluster_type", "typed_config")
    if custom.type == "DnsCluster":
        single = custom.is_true("all_addresses_in_single_endpoint")
        return "LOGICAL_DNS" if single else "STRICT_DNS"
    if cluster.get("cluster_type"):
        return "CUSTOM"
    return cluster.enum("type", _KINDS) or _KINDS[0]


def check_cluster(
    cluster: Node, endpoints: Endpoints, expectations: Expectations, *, retries: bool
) -> Iterator[Finding]:
    """Check the cluster that a ``grpc_service`` names.

    Args:
        cluster: The cluster.
        endpoints: Its endpoints.
        expectations: What the operator told.
        retries: Whether checks are tried again.
    """
    if not _speaks_http2(cluster):
        yield finding(
            RuleId.CLUSTER_HTTP1,
            cluster,
            "gRPC needs HTTP/2, and this cluster speaks HTTP/1: every check fails",
            "add typed_extension_protocol_options with HttpProtocolOptions and "
            "explicit_http_config: {http2_protocol_options: {}}",
        )
    if retries:
        yield from _check_breakers(cluster)
    if _needs_health_checks(cluster, endpoints):
        yield finding(
            RuleId.HEALTH_CHECKS_MISSING,
            cluster,
            "a worker that hangs goes on being asked, and its share of the requests fails",
            "add health_checks with grpc_health_check: {}",
        )
    wanted = expectations.workers
    if wanted is not None and endpoints.complete and len(endpoints.addresses) < wanted:
        yield finding(
            RuleId.WORKERS_UNREACHED,
            endpoints.node,
            f"{len(endpoints.addresses)} of {wanted} workers are endpoints here: Envoy keeps one "
            "connection an endpoint, so that the others stay idle",
            "write one endpoint for every worker; their ports count up from that of --listen",
        )


def _speaks_http2(cluster: Node) -> bool:
    if cluster.get("http2_protocol_options"):
        return True
    for _, options in cluster.get("typed_extension_protocol_options").entries():
        if options.type == "HttpProtocolOptions":
            explicit = options.get("explicit_http_config")
            other = options.get("use_downstream_protocol_config") or options.get("auto_config")
            return bool(explicit.get("http2_protocol_options") or other)
    return False


def _check_breakers(cluster: Node) -> Iterator[Finding]:
    breakers = cluster.get("circuit_breakers")
    thresholds = [
        t
        for t in breakers.items("thresholds")
        if t.enum("priority", _PRIORITIES) in ("", "DEFAULT")
    ]
    if any(t.get("retry_budget") for t in thresholds):
        return
    limit = next((n for t in thresholds if (n := t.number("max_retries")) is not None), 3)
    if limit < _FEW_RETRIES:
        yield finding(
            RuleId.RETRIES_STARVED,
            breakers or cluster,
            f"no more than {limit:g} checks may be tried again at once: under load the others fail",
            "add circuit_breakers: {thresholds: [{max_retries: 1024}]}",
        )


def _needs_health_checks(cluster: Node, endpoints: Endpoints) -> bool:
    """Of endpoints that a control plane tells (EDS), it also knows which are well."""
    kind = _kind(cluster)
    if kind == "EDS" or cluster.get("health_checks"):
        return False
    by_name = kind in _BY_NAME
    return (by_name or len(endpoints.addresses) > 1) and not cluster.get("outlier_detection")
