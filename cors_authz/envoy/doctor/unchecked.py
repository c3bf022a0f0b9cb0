"""Routes on which cors-authz is not asked, and what of the service's own word gets out there."""

import re
from collections.abc import Iterator, Sequence

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.header_mutation import removes_upstream
from cors_authz.envoy.doctor.manager import Manager
from cors_authz.envoy.doctor.node import NOWHERE, Node
from cors_authz.envoy.doctor.route_table import Route
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene

_PROBES_BELOW = re.compile(
    r"/(?:healthz|livez|readyz|metrics|stats/prometheus|\.well-known/acme-challenge)"
    r"(?:/(?:live|ready)(?:ness)?)?/?"
)
"""Prefixes below which machines ask, not pages."""

_PROBES = re.compile(r"/(?:actuator/)?(?:health|live|liveness|ready|readiness|ping|startup)/?")
"""Paths of probes that, as prefixes, could be an API."""

_GRANTING = ("access-control-allow-origin", "access-control-allow-credentials")
"""What lets a page read a response."""

_NAMED = 3
"""Of many routes, how many are told."""


def check_unchecked_routes(scene: Scene) -> Iterator[Finding]:
    """Only probes may go unchecked, and nothing that the service says about CORS there."""
    if not scene.ours:
        return
    unchecked: dict[int, tuple[Node, list[Route]]] = {}
    for route in scene.manager.routes:
        if not route.reaches_upstream:
            continue
        if scene.checks(route):
            if any(filter_.config.is_true("failure_mode_allow") for filter_ in scene.ours):
                yield from _check_exposure(route, scene, "where checks fail open")
            continue
        place = _switch(route, scene)
        if place is not None:
            yield from _check_exposure(route, scene, "on an unchecked route")
        if not _is_probe(route.match):
            where = place or route.host
            unchecked.setdefault(id(where.value), (where, []))[1].append(route)
    for where, routes in unchecked.values():
        yield _unchecked(where, routes)


def _unchecked(where: Node, routes: Sequence[Route]) -> Finding:
    """One finding for all routes that one place leaves unchecked."""
    names = list(dict.fromkeys(describe(route) for route in routes))
    named = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return finding(
        RuleId.EXT_AUTHZ_DISABLED,
        where,
        f"cors-authz is not asked about {named}{more}: denied requests and preflights get to the "
        "service",
        "turn the check on, and ask no other service by it; where no page ever asks, pass "
        "--ignore ext-authz-disabled",
    )


def serves_pages(manager: Manager) -> bool:
    """Whether any route of a connection manager leads to a service, and is none for probes."""
    if manager.unseen_routes:
        return True
    return any(r.reaches_upstream and not _is_probe(r.match) for r in manager.routes)


def _check_exposure(route: Route, scene: Scene, where: str) -> Iterator[Finding]:
    removed = route.removed_headers()
    cluster = scene.resources.clusters.get(route.cluster, NOWHERE)
    kept = [
        name
        for name in _GRANTING
        if name not in removed and not removes_upstream(cluster, name, scene.resources)
    ]
    if kept:
        yield finding(
            RuleId.UPSTREAM_CORS_EXPOSED,
            route.node,
            f"what the service says in {' and '.join(kept)} gets out {where}: it decides which "
            "pages read its responses",
            "list the access-control-* headers in response_headers_to_remove of the route "
            "configuration",
        )


def _switch(route: Route, scene: Scene) -> Node | None:
    """What turns the check off on purpose; ``None`` where nothing turns it on."""
    for filter_ in scene.ours:
        override = route.override(filter_.name)
        another = scene.asks_another(route, filter_)
        if override is not None and (override.disabled or another):
            return override.node
    return None


def _is_probe(match: Node) -> bool:
    for kind in ("path", "prefix", "path_separated_prefix"):
        text = match.text(kind)
        if _PROBES_BELOW.fullmatch(text) or (kind == "path" and _PROBES.fullmatch(text)):
            return True
    return False


def describe(route: Route) -> str:
    """A route in the words of its match."""
    for kind in ("path", "prefix", "path_separated_prefix"):
        if route.match.text(kind):
            return f"{kind} {route.match.text(kind)}"
    regex = route.match.get("safe_regex").text("regex")
    return f"regex {regex}" if regex else "this route"
