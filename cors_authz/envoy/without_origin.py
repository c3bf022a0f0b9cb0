"""Requests about which the sidecar need not be asked, because its answer is certain.

A request is skipped only if all of this holds: it has no Origin and asks for no method, so it
is no CORS request; its browser does not say that it should have had one; its host is one that
the sidecar can read. Where the policy set lets such requests pass whatever else they are
(:func:`refusals`), the verdict is always *allow*.
"""

from collections.abc import Iterator

from envoy_data_plane.envoy.config.core.v3 import TypedExtensionConfig as ExtensionConfig
from envoy_data_plane.envoy.extensions.common.matching.v3 import ExtensionWithMatcher
from envoy_data_plane.envoy.extensions.filters.common.matcher.action.v3 import SkipFilter
from envoy_data_plane.envoy.type.matcher.v3 import HttpRequestHeaderMatchInput
from envoy_data_plane.google.protobuf import Any
from envoy_data_plane.xds.core.v3 import TypedExtensionConfig
from envoy_data_plane.xds.type.matcher.v3 import (
    Matcher,
    MatcherMatcherList,
    MatcherMatcherListFieldMatcher,
    MatcherMatcherListPredicate,
    MatcherMatcherListPredicatePredicateList,
    MatcherMatcherListPredicateSinglePredicate,
    MatcherOnMatch,
    RegexMatcher,
    RegexMatcherGoogleRe2,
    StringMatcher,
)

from cors_authz.config.spec import SetSpec

PRESENT = r"\C*"
"""Every value, whatever its bytes; a dot may not stand for those that are no UTF-8."""

READABLE_HOST = (
    r"[A-Za-z0-9_-]{1,30}(\.[A-Za-z0-9_-]{1,30}){0,7}(:([1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
)
"""Most of the hosts that the sidecar can read; of all others it is asked."""

MODES_WITH_ORIGIN = "cors|websocket"
OTHER_SITES = "cross-site|same-site"
"""Fetch metadata of requests that browsers give an Origin: it was removed on the way."""


def refusals(spec: SetSpec) -> tuple[str, ...]:
    """Why the sidecar has to be asked about requests without Origin; empty: it need not be."""
    return tuple(_refusals(spec))


def _refusals(spec: SetSpec) -> Iterator[str]:
    for policy in spec.policies:
        if policy.require_origin_header:
            yield (
                f"policy {policy.name} has requireOriginHeader: "
                "only cors-authz refuses requests that have none"
            )
    if spec.settings.unmatched == "deny":
        yield (
            "settings.unmatched is deny: "
            "only cors-authz refuses requests of no API group, with or without Origin"
        )
    for group in spec.groups:
        for path in group.paths or ():
            if path.startswith("~") and "%" in path:
                yield (
                    f"group {group.name} has the path {path}: Envoy does not compare escapes as "
                    "cors-authz does, and could miss responses that need Vary"
                )


def skipping_without_origin(name: str, config: Any) -> ExtensionWithMatcher:
    """A filter that is passed over by requests whose answer is certain."""
    skip = TypedExtensionConfig(name="skip", typed_config=Any.pack(SkipFilter()))
    matcher = MatcherMatcherListFieldMatcher(
        predicate=_is_certain(), on_match=MatcherOnMatch(action=skip)
    )
    return ExtensionWithMatcher(
        extension_config=ExtensionConfig(name=name, typed_config=config),
        xds_matcher=Matcher(matcher_list=MatcherMatcherList(matchers=[matcher])),
    )


def _is_certain() -> MatcherMatcherListPredicate:
    origin_was_removed = _all(
        _header("sec-fetch-mode", MODES_WITH_ORIGIN), _header("sec-fetch-site", OTHER_SITES)
    )
    return _all(
        _not(_header("origin", PRESENT)),
        _not(_header("access-control-request-method", PRESENT)),
        _not(origin_was_removed),
        _header(":authority", READABLE_HOST),
    )


def _header(name: str, regex: str) -> MatcherMatcherListPredicate:
    """Whether a header is there and all of its value fits."""
    value = RegexMatcher(google_re2=RegexMatcherGoogleRe2(), regex=regex)
    single = MatcherMatcherListPredicateSinglePredicate(
        input=TypedExtensionConfig(
            name=f"request-header-{name.strip(':')}",
            typed_config=Any.pack(HttpRequestHeaderMatchInput(header_name=name)),
        ),
        value_match=StringMatcher(safe_regex=value),
    )
    return MatcherMatcherListPredicate(single_predicate=single)


def _all(*predicates: MatcherMatcherListPredicate) -> MatcherMatcherListPredicate:
    together = MatcherMatcherListPredicatePredicateList(predicate=list(predicates))
    return MatcherMatcherListPredicate(and_matcher=together)


def _not(predicate: MatcherMatcherListPredicate) -> MatcherMatcherListPredicate:
    return MatcherMatcherListPredicate(not_matcher=predicate)
