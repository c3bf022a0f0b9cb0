"""Whether preflights find a route that cors-authz is asked about, and whether anything does."""

from collections.abc import Iterator, Sequence

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.pattern import full_match, matches
from cors_authz.envoy.doctor.route_table import GROUP_EXTENSION, Route
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene
from cors_authz.envoy.doctor.unchecked import describe

_CONDITIONS = (
    "headers",
    "query_parameters",
    "grpc",
    "runtime_fraction",
    "dynamic_metadata",
    "tls_context",
    "filter_state",
    "cookies",
    "connect_matcher",
)
_EVERYTHING = frozenset({".*", "/.*", "^.*$", "^/.*$", "^/.*", "^.*"})


def check_preflights(scene: Scene) -> Iterator[Finding]:
    """A route that matches by method must have one beside it that takes OPTIONS."""
    if not scene.ours:
        return
    for host in scene.manager.hosts:
        for index, route in enumerate(host.routes):
            if scene.checks(route) and _refuses_options(route.match):
                yield from _check_rest(route, host.routes[:index] + host.routes[index + 1 :], scene)


def _check_rest(route: Route, others: Sequence[Route], scene: Scene) -> Iterator[Finding]:
    group = _group(route, scene)
    taking = [o for o in others if not _refuses_options(o.match) and _covers(o.match, route.match)]
    judged = [o for o in taking if scene.checks(o) and (not group or _group(o, scene) == group)]
    if judged:
        return
    told = "find no route and get a bare 404"
    if taking:
        told = "take another route, which is not checked or names another API group"
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
        elif not any(_takes_everything(route.match) for route in host.routes):
            yield finding(
                RuleId.CATCH_ALL_MISSING,
                host.node,
                "a request that matches no route is not checked: its 404 carries no CORS headers, "
                "and its preflight fails",
                "end the routes with {match: {prefix: /}, direct_response: {status: 404}}",
            )


def _takes_everything(match: Node) -> bool:
    if any(match.get(condition).value for condition in _CONDITIONS):
        return False
    regex = match.get("safe_regex").text("regex")
    return match.text("prefix") == "/" or regex in _EVERYTHING or match.get("prefix").value == ""


def _refuses_options(match: Node) -> bool:
    return any(
        header.text("name").lower() == ":method" and not _accepts_options(header)
        for header in match.items("headers")
    )


def _accepts_options(header: Node) -> bool:
    """envoy/config/route/v3/route_components.proto, HeaderMatcher; what cannot be read accepts."""
    if header.get("string_match"):
        fits = matches(header.get("string_match"), "OPTIONS")
    elif header.get("exact_match"):
        fits = header.text("exact_match") == "OPTIONS"
    elif header.get("prefix_match"):
        fits = "OPTIONS".startswith(header.text("prefix_match"))
    else:
        fits = full_match(header.get("safe_regex_match").text("regex"), "OPTIONS")
    return fits is None or fits != header.is_true("invert_match")


def _covers(wide: Node, narrow: Node) -> bool:
    """Whether each path that the narrow match takes is one for the wide match."""
    if _takes_everything(wide):
        return True
    others = [c for c in _CONDITIONS[1:] if wide.get(c).value]
    others += [h.path for h in wide.items("headers") if h.text("name").lower() != ":method"]
    if others:
        return False
    same = ("path", "prefix", "path_separated_prefix", "safe_regex")
    if all(wide.get(kind).value == narrow.get(kind).value for kind in same):
        return True
    path = narrow.text("path") or narrow.text("prefix") or narrow.text("path_separated_prefix")
    separated = wide.text("path_separated_prefix")
    return bool(path) and (
        (bool(wide.text("prefix")) and path.startswith(wide.text("prefix")))
        or (bool(separated) and f"{path}/".startswith(f"{separated}/"))
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
