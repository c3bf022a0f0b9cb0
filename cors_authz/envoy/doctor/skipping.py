"""A matcher around our filter that leaves requests out (``ExtensionWithMatcher``)."""

from collections.abc import Iterable, Iterator

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.http_filter import HttpFilter
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.pattern import matches
from cors_authz.envoy.doctor.route_table import Route
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene

_ORIGINS = ("https://foreign.example.net", "null")
"""What requests send that must not be left out."""


def check_skipping(scene: Scene) -> Iterator[Finding]:
    """Only requests without Origin may be left out, and responses must say Vary then."""
    for filter_ in scene.ours:
        if filter_.conditional:
            yield _unread(filter_.node, "cors-authz is one of the filters that a composite chooses")
        elif filter_.matcher:
            yield from _check_matcher(filter_, scene)
        for matcher in _matchers_of_routes(filter_, scene):
            yield _unread(
                matcher, "a route's own matcher decides which requests cors-authz is asked about"
            )
        metadata = filter_.config.get("filter_enabled_metadata")
        if metadata:
            yield _unread(
                metadata,
                "another filter's metadata decide which requests cors-authz is asked about (with "
                "Istio, the rules of the AuthorizationPolicy)",
            )


def _matchers_of_routes(filter_: HttpFilter, scene: Scene) -> Iterable[Node]:
    """Each ``ExtensionWithMatcherPerRoute`` once, which takes the place of the filter's own."""
    found = {
        id(override.node.value): override.config.get("xds_matcher")
        for route in scene.manager.routes
        for override in route.overrides(filter_.name)
        if override.config.type == "ExtensionWithMatcherPerRoute"
    }
    return found.values()


def _check_matcher(filter_: HttpFilter, scene: Scene) -> Iterator[Finding]:
    match _skips_origins(filter_.matcher):
        case None:
            yield _unread(
                filter_.matcher, "a matcher decides which requests cors-authz is asked about"
            )
        case True:
            yield finding(
                RuleId.ORIGIN_SKIPPED,
                filter_.matcher,
                "the matcher leaves requests of foreign pages out: they pass undecided",
                "let it skip only requests without Origin, as `cors-authz envoy filter "
                "--skip-without-origin` writes it",
            )
        case False:
            yield from _check_consequences(filter_, scene)


def _unread(node: Node, why: str) -> Finding:
    return finding(
        RuleId.MATCHER_UNREAD,
        node,
        f"{why}; the conditions are not read",
        "see to it that they take every request with Origin, OPTIONS included",
    )


def _skips_origins(matcher: Node) -> bool | None:
    """Whether a request with Origin can be left out; ``None`` where that depends on more."""
    entries = list(matcher.get("matcher_list").items("matchers"))
    if not entries or matcher.get("on_no_match"):
        return None
    verdicts = []
    for entry in entries:
        if entry.get("on_match", "action", "typed_config").type != "SkipFilter":
            return None
        verdicts += [_fits(entry.get("predicate"), origin) for origin in _ORIGINS]
    return _any(verdicts)


def _fits(predicate: Node, origin: str) -> bool | None:
    """Whether a request with this Origin, and anything else, satisfies a predicate.

    xds/type/matcher/v3/matcher.proto, ``MatcherList.Predicate``.
    """
    single = predicate.get("single_predicate")
    if single:
        return _fits_single(single, origin)
    negated = predicate.get("not_matcher")
    if negated:
        verdict = _fits(negated, origin)
        return None if verdict is None else not verdict
    conjunction = predicate.get("and_matcher")
    if conjunction:
        negations = [_fits(p, origin) for p in conjunction.items("predicate")]
        unsatisfied = _any([None if v is None else not v for v in negations])
        return None if unsatisfied is None else not unsatisfied
    return _any([_fits(p, origin) for p in predicate.get("or_matcher").items("predicate")])


def _fits_single(single: Node, origin: str) -> bool | None:
    header = single.get("input", "typed_config")
    if header.type != "HttpRequestHeaderMatchInput":
        return None
    if header.text("header_name").lower() != "origin":
        return None
    value = single.get("value_match")
    return matches(value, origin)


def _any(verdicts: list[bool | None]) -> bool | None:
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _check_consequences(filter_: HttpFilter, scene: Scene) -> Iterator[Finding]:
    if scene.expectations.requires_origin:
        yield finding(
            RuleId.REQUIRED_ORIGIN_SKIPPED,
            filter_.matcher,
            "a policy requires an Origin, and requests without one are not checked: they pass",
            "remove the matcher around the filter",
        )
    if scene.manager.hosts and not any(_adds_vary(route) for route in scene.manager.routes):
        yield finding(
            RuleId.VARY_MISSING,
            scene.manager.node.get("route_config") or scene.manager.node,
            "requests without Origin are not checked, and their responses lack Vary: Origin: a "
            "shared cache hands them to pages",
            "add response_headers_to_add: [{header: {key: vary, value: Origin}}] to the route "
            "configuration",
        )


def _adds_vary(route: Route) -> bool:
    added = [h for level in route.levels for h in level.items("response_headers_to_add")]
    return any(
        h.get("header").text("key").lower() == "vary"
        and "origin" in h.get("header").text("value").lower()
        for h in added
    )
