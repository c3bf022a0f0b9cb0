"""Envoy's own ``cors`` filter, where it would answer before cors-authz is asked."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.http_filter import HttpFilter
from cors_authz.envoy.doctor.node import NOWHERE, Node
from cors_authz.envoy.doctor.route_table import Route
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene


def check_native_cors(scene: Scene) -> Iterator[Finding]:
    """A policy is harmless behind ext_authz: what cors-authz says wins."""
    for filter_ in scene.earlier:
        if filter_.type == "Cors":
            yield from _check_filter(filter_, scene)


def _check_filter(filter_: HttpFilter, scene: Scene) -> Iterator[Finding]:
    seen: set[int] = set()
    for route in scene.manager.routes:
        policy = _policy(route, filter_)
        if policy and id(policy.value) not in seen and scene.checks(route):
            seen.add(id(policy.value))
            yield finding(
                RuleId.NATIVE_CORS_POLICY,
                policy,
                "Envoy's cors filter runs before cors-authz: by this policy it answers preflights "
                "and overwrites the headers that cors-authz grants",
                "remove the policy; what it allows belongs into a policy of cors-authz",
            )


def _policy(route: Route, filter_: HttpFilter) -> Node:
    """The policy by which a route grants origins; an empty node where there is none, or it is off.

    The most specific one decides whether it is on, and each what more specific ones leave open.
    """
    if not route.runs(filter_):
        return NOWHERE
    policies = [
        override.config
        for override in reversed(route.overrides(filter_.name))
        if override.config.type == "CorsPolicy"
    ]
    if not policies:
        policies = [p for p in (route.node.get("route", "cors"), route.host.get("cors")) if p]
    if not policies or _is_off(policies[0]):
        return NOWHERE
    granting = (p for p in policies if p.get("allow_origin_string_match"))
    return next(granting, NOWHERE)


def _is_off(policy: Node) -> bool:
    share = policy.get("filter_enabled")
    return bool(share) and not share.get("default_value").number("numerator")
