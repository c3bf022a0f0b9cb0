"""Whether cors-authz is shown the request headers that it decides by."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.header_mutation import origin_changes
from cors_authz.envoy.doctor.http_filter import HttpFilter
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.pattern import matches
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene

_NEEDED = (
    (
        RuleId.ORIGIN_HIDDEN,
        ("origin",),
        (
            "no page of another origin is recognised: its requests pass, or with Fetch metadata "
            "are refused as origin_missing"
        ),
    ),
    (
        RuleId.PREFLIGHT_HEADERS_HIDDEN,
        ("access-control-request-method", "access-control-request-headers"),
        "preflights are not recognised, or answered without knowing what they ask",
    ),
    (
        RuleId.FETCH_METADATA_HIDDEN,
        ("sec-fetch-site", "sec-fetch-mode"),
        (
            "a page's requests to its own origin are refused where Origin does not tell (null, or "
            "TLS that ends before Envoy), and a removed Origin goes unnoticed"
        ),
    ),
    (
        RuleId.UPGRADE_HIDDEN,
        ("upgrade",),
        "WebSocket handshakes look like ordinary requests, and pass where every origin may ask",
    ),
)


def check_visible_headers(scene: Scene) -> Iterator[Finding]:
    """``allowed_headers`` hides all that it does not name, ``disallowed_headers`` what it names."""
    for filter_ in scene.ours:
        yield from _check_filter(filter_)


def _check_filter(filter_: HttpFilter) -> Iterator[Finding]:
    for rule, names, consequence in _NEEDED:
        for field, hides in (("allowed_headers", False), ("disallowed_headers", True)):
            listed = filter_.config.get(field)
            if not listed:
                continue
            hidden = [name for name in names if _matches_any(listed, name) is hides]
            if hidden:
                yield finding(
                    rule,
                    listed,
                    f"{field} hides {' and '.join(hidden)} from cors-authz: {consequence}",
                    _fix(hidden, hides=hides),
                )


def _fix(hidden: list[str], *, hides: bool) -> str:
    if hides:
        return f"change the patterns, so that they do not fit {' and '.join(hidden)}"
    patterns = ", ".join(f"{{exact: {name}, ignore_case: true}}" for name in hidden)
    return f"add to its patterns: {patterns}"


def _matches_any(listed: Node, name: str) -> bool | None:
    """Whether a pattern fits a name, which Envoy writes in lower case; ``None``: who knows."""
    verdicts = [matches(pattern, name) for pattern in listed.items("patterns")]
    if True in verdicts:
        return True
    return None if None in verdicts else False


def check_origin_kept(scene: Scene) -> Iterator[Finding]:
    """A mutation before cors-authz can take the Origin away, or put another in its place."""
    if not scene.ours:
        return
    for mutation in origin_changes(scene):
        yield finding(
            RuleId.ORIGIN_REMOVED,
            mutation,
            "the request's Origin is removed or overwritten before cors-authz sees it: no page of "
            "another origin is recognised, and its requests pass, or are refused as origin_missing",
            "leave origin in place here; remove it at the route (request_headers_to_remove) "
            "where the service must not see it",
        )
