"""Routes on which cors-authz is not asked, and what of the service's own word gets out there."""

import re
from collections.abc import Iterator

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.manager import Manager
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.route_table import Route, overrides_at
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene

_PROBE = re.compile(
    r"/(?:healthz?|livez?|readyz?|ready|live|ping|startup|status|metrics|stats/prometheus"
    r"|\.well-known/acme-challenge)/?",
    re.IGNORECASE,
)
"""Paths that machines ask, not pages."""

_GRANTING = ("access-control-allow-origin", "access-control-allow-credentials")
"""What lets a page read a response."""


def check_unchecked_routes(scene: Scene) -> Iterator[Finding]:
    """Only probes may go unchecked, and nothing that the service says about CORS there."""
    if not scene.ours:
        return
    for route in scene.manager.routes:
        if not route.reaches_upstream:
            continue
        if not scene.checks(route):
            if not _is_probe(route.match):
                yield finding(
                    RuleId.EXT_AUTHZ_DISABLED,
                    _saying(route, scene),
                    f"the check is off for {describe(route)}: denied requests and preflights get "
                    "to the service",
                    "remove disabled here; where no page ever asks, pass --ignore "
                    "ext-authz-disabled",
                )
            yield from _check_exposure(route, "on an unchecked route")
        elif unchecked := [w for w in route.weighted() if _is_off(w, scene)]:
            yield finding(
                RuleId.EXT_AUTHZ_DISABLED,
                unchecked[0],
                f"the check is off for a share of {describe(route)}: denied requests and preflights "
                "get to the service",
                "remove disabled here",
            )
        elif any(filter_.config.is_true("failure_mode_allow") for filter_ in scene.ours):
            yield from _check_exposure(route, "where checks fail open")


def serves_pages(manager: Manager) -> bool:
    """Whether any route of a connection manager leads to a service, and is none for probes."""
    if manager.unseen_routes:
        return True
    return any(r.reaches_upstream and not _is_probe(r.match) for r in manager.routes)


def _check_exposure(route: Route, where: str) -> Iterator[Finding]:
    kept = [name for name in _GRANTING if name not in route.removed_headers()]
    if kept:
        yield finding(
            RuleId.UPSTREAM_CORS_EXPOSED,
            route.node,
            f"what the service says in {' and '.join(kept)} gets out {where}: it decides which "
            "pages read its responses",
            "list the access-control-* headers in response_headers_to_remove of the route "
            "configuration",
        )


def _is_off(weighted: Node, scene: Scene) -> bool:
    """Whether a weighted cluster turns the check off."""
    return any(o.disabled for f in scene.ours for o in overrides_at(weighted, f.name))


def _saying(route: Route, scene: Scene) -> Node:
    """What turns the check off: the most specific level that speaks of it."""
    for filter_ in scene.ours:
        override = route.override(filter_.name)
        if override is not None and override.disabled:
            return override.node
    return route.node


def _is_probe(match: Node) -> bool:
    return any(
        _PROBE.fullmatch(match.text(kind)) for kind in ("path", "prefix", "path_separated_prefix")
    )


def describe(route: Route) -> str:
    """A route in the words of its match."""
    for kind in ("path", "prefix", "path_separated_prefix"):
        if route.match.text(kind):
            return f"{kind} {route.match.text(kind)}"
    regex = route.match.get("safe_regex").text("regex")
    return f"regex {regex}" if regex else "this route"
