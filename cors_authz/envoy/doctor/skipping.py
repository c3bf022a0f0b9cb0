"""A matcher around our filter that leaves requests out (``ExtensionWithMatcher``)."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.http_filter import HttpFilter
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.route_table import Route
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene


def check_skipping(scene: Scene) -> Iterator[Finding]:
    """Only requests without Origin may be left out, and responses must say Vary then."""
    for filter_ in scene.ours:
        if filter_.conditional:
            yield _unread(filter_.node, "cors-authz is one of the filters that a composite chooses")
        elif filter_.matcher:
            if _skips_only_without_origin(filter_):
                yield from _check_vary(scene)
            else:
                yield _unread(
                    filter_.matcher, "a matcher decides which requests cors-authz is asked about"
                )
        metadata = filter_.config.get("filter_enabled_metadata")
        if metadata:
            yield _unread(
                metadata,
                "another filter's metadata decide which requests cors-authz is asked about (with "
                "Istio, the rules of the AuthorizationPolicy)",
            )


def _unread(node: Node, why: str) -> Finding:
    return finding(
        RuleId.MATCHER_UNREAD,
        node,
        f"{why}; the conditions are not read",
        "see to it that they take every request with Origin, OPTIONS included",
    )


def _skips_only_without_origin(filter_: HttpFilter) -> bool:
    """Whether the matcher is exactly: no Origin header at all, then skip."""
    matchers = list(filter_.matcher.get("matcher_list").items("matchers"))
    if len(matchers) != 1 or filter_.matcher.get("on_no_match"):
        return False
    (entry,) = matchers
    inner = entry.get("predicate", "not_matcher", "single_predicate")
    action = entry.get("on_match", "action", "typed_config")
    header = inner.get("input", "typed_config")
    return (
        action.type == "SkipFilter"
        and header.type == "HttpRequestHeaderMatchInput"
        and header.text("header_name").lower() == "origin"
        and inner.get("value_match", "safe_regex").text("regex") == ".*"
    )


def _check_vary(scene: Scene) -> Iterator[Finding]:
    seen: set[int] = set()
    for route in scene.manager.routes:
        if scene.checks(route) and not _adds_vary(route) and id(route.node.value) not in seen:
            seen.add(id(route.node.value))
            yield finding(
                RuleId.VARY_MISSING,
                route.node,
                "requests without Origin are not checked, and their responses lack Vary: Origin: a "
                "shared cache hands them to pages",
                "add response_headers_to_add: [{header: {key: vary, value: Origin}, append_action: "
                "APPEND_IF_EXISTS_OR_ADD}] to the route configuration",
            )


def _adds_vary(route: Route) -> bool:
    added = [h for level in route.levels for h in level.items("response_headers_to_add")]
    return any(
        h.get("header").text("key").lower() == "vary"
        and "origin" in h.get("header").text("value").lower()
        for h in added
    )
