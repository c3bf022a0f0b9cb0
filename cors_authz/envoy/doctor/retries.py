"""The retries of a ``grpc_service``: whether there are any, of what, when, and where to."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.cluster import Endpoints
from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.rule import RuleId

SHORT_S = 0.05
"""A worker answers in a few milliseconds; on a busy machine, in tens of them."""

_RETRY_ON = "connect-failure,refused-stream,unavailable,cancelled,reset"
_CONNECT_FAILURES = frozenset({"connect-failure", "reset", "5xx", "gateway-error"})
"""What makes Envoy try again where nobody listens."""
_PREVIOUS_HOSTS = "PreviousHostsPredicate"

_DEFAULT_TIMEOUT_S = 0.2
_DEFAULT_BASE_INTERVAL_S = 1.0
_DEFAULT_MAX_INTERVALS = 10
"""What Envoy takes where nothing is said: of the filter, and of its retries, for which the
longest interval is a multiple of the first."""


def check_retries(service: Node, endpoints: Endpoints) -> Iterator[Finding]:
    """Check the retry policy of a service with these endpoints."""
    policy = service.get("retry_policy")
    if not policy or policy.number("num_retries") == 0:
        yield _no_retries(service)
        return
    yield from _check_reasons(policy)
    yield from _check_intervals(policy, service)
    predicates = {p.get("typed_config").type for p in policy.items("retry_host_predicate")}
    if endpoints.several and _PREVIOUS_HOSTS not in predicates:
        yield finding(
            RuleId.RETRIES_SAME_HOST,
            policy,
            "a retry may go to the worker that has just failed",
            "add retry_host_predicate with envoy.retry_host_predicates.previous_hosts, and "
            "host_selection_retry_max_attempts: 5",
        )


def _no_retries(service: Node) -> Finding:
    misplaced = service.get("envoy_grpc", "retry_policy")
    if misplaced:
        return finding(
            RuleId.RETRIES_MISPLACED,
            misplaced,
            "Envoy ignores the retry_policy of envoy_grpc: whatever a restarting worker fails is "
            "refused",
            "move it one level up, beside envoy_grpc",
        )
    return finding(
        RuleId.RETRIES_MISSING,
        service.get("retry_policy") or service,
        "no check is tried again: whatever a restarting worker fails is refused",
        f"add retry_policy: {{retry_on: '{_RETRY_ON}', num_retries: 3, …}} beside envoy_grpc, as "
        "`cors-authz envoy filter` writes it",
    )


def _check_reasons(policy: Node) -> Iterator[Finding]:
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


def _check_intervals(policy: Node, service: Node) -> Iterator[Finding]:
    """Envoy takes the longest interval for the timeout of each try as well."""
    back_off = policy.get("retry_back_off")
    first_s = back_off.duration_s("base_interval") or _DEFAULT_BASE_INTERVAL_S
    longest_s = back_off.duration_s("max_interval") or first_s * _DEFAULT_MAX_INTERVALS
    timeout_s = service.duration_s("timeout")
    timeout_s = _DEFAULT_TIMEOUT_S if timeout_s is None else timeout_s
    if 0 < timeout_s <= first_s:
        yield finding(
            RuleId.RETRIES_LATE,
            back_off or policy,
            f"a retry waits some time up to {first_s:g} s, and the timeout of all tries, "
            f"{timeout_s:g} s, may be over before it begins",
            "add retry_back_off: {base_interval: 0.025s, max_interval: 0.25s}",
        )
    if longest_s < SHORT_S:
        yield finding(
            RuleId.TIMEOUT_SHORT,
            back_off,
            f"Envoy gives each try no longer than max_interval, here {longest_s:g} s: checks fail "
            "where a worker is briefly busy",
            "set max_interval: 0.25s",
        )
