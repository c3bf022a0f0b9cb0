"""Whether preflights find a route that cors-authz is asked about, and whether anything does."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.coverage import (
    Coverage,
    names_method,
    refuses_options,
    takes_everything,
)
from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.route_table import GROUP_EXTENSION, Route
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene
from cors_authz.envoy.doctor.unchecked import describe


def check_preflights(scene: Scene) -> Iterator[Finding]:
    """A route that matches by method must have one beside it that takes OPTIONS."""
    if not scene.ours:
        return
    for host in scene.manager.hosts:
        if not any(names_method(route.match) for route in host.routes):
            continue
        coverage = Coverage(host.routes)
        for route in filter(scene.checks, host.routes):
            taking = coverage.first(route)
            if refuses_options(route.match):
                yield from _check_rest(route, taking, scene)
            elif taking is not None and names_method(taking.match) and not scene.checks(taking):
                yield _taken_away(taking)


def _taken_away(taking: Route) -> Finding:
    """Of all routes whose preflights another one takes, one finding at that one."""
    return finding(
        RuleId.OPTIONS_LOST,
        taking.match,
        f"{describe(taking)} takes the preflights of checked routes, and is not checked",
        "turn the check on here; cors-authz answers preflights, and what is no preflight passes",
    )


def _check_rest(route: Route, taking: Route | None, scene: Scene) -> Iterator[Finding]:
    """Judge where the preflights of a route go that refuses them."""
    group = _group(route, scene)
    if taking is None:
        told = "find no route and get a bare 404"
    elif not scene.checks(taking):
        told = f"take {describe(taking)}, which is not checked"
    elif group and _group(taking, scene) != group:
        told = f"take {describe(taking)}, and are judged by another API group than {group}"
    else:
        return
    yield finding(
        RuleId.OPTIONS_LOST,
        route.match,
        f"{describe(route)} matches by method and leaves OPTIONS out: its preflights {told}",
        "let the match take OPTIONS as well; cors-authz answers preflights, so that none reaches "
        "the service",
    )


def check_catch_all(scene: Scene) -> Iterator[Finding]:
    """Envoy does not check what matches no route."""
    if not scene.ours:
        return
    for host in scene.manager.hosts:
        if host.node.get("matcher"):
            yield finding(
                RuleId.MATCHER_UNREAD,
                host.node.get("matcher"),
                "the routes of this virtual host stand in a matcher, which is not read",
                "check by hand that every path has a route and every route is checked",
            )
        elif not any(takes_everything(route.match) for route in host.routes):
            yield finding(
                RuleId.CATCH_ALL_MISSING,
                host.node,
                "a request that matches no route is not checked: its 404 carries no CORS headers, "
                "and its preflight fails",
                "end the routes with {match: {prefix: /}, direct_response: {status: 404}}",
            )


def _group(route: Route, scene: Scene) -> str:
    """The API group that a route names; empty where the sidecar finds it by host and path."""
    found = ""
    for filter_ in scene.ours:
        for override in route.overrides(filter_.name):
            extensions = override.config.get("check_settings", "context_extensions")
            for key, value in extensions.entries():
                if key == GROUP_EXTENSION and isinstance(value.value, str):
                    found = value.value
    return found
