"""The settings of the connection manager that decide what a request seems to be."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.route_table import REDACTED, Route
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene

_ESCAPED_SLASHES = (
    "IMPLEMENTATION_SPECIFIC_DEFAULT",
    "KEEP_UNCHANGED",
    "REJECT_REQUEST",
    "UNESCAPE_AND_REDIRECT",
    "UNESCAPE_AND_FORWARD",
)
_KEPT = frozenset({"", "KEEP_UNCHANGED", "IMPLEMENTATION_SPECIFIC_DEFAULT"})


def check_connection(scene: Scene) -> Iterator[Finding]:
    """Check how paths and schemes are treated."""
    if not scene.ours:
        return
    if _is_asked_by_path(scene):
        yield from _check_paths(scene.manager.node)
    node = scene.manager.node
    fixed = node.get("scheme_header_transformation").text("scheme_to_overwrite")
    if not (fixed or node.is_true("use_remote_address")):
        yield finding(
            RuleId.REMOTE_ADDRESS_UNUSED,
            scene.manager.node,
            "a client chooses the scheme with x-forwarded-proto, and with it what counts as "
            "same-origin",
            "set use_remote_address: true; behind another proxy, xff_num_trusted_hops too",
        )


def _is_asked_by_path(scene: Scene) -> bool:
    """Whether the path as Envoy reads it decides if and how cors-authz is asked.

    Where all routes are alike, cors-authz reads the path itself, and normalises it.
    """
    if scene.manager.unseen_routes:
        return True
    if any(filter_.config.get("filter_enabled_metadata") for filter_ in scene.ours):
        return True
    return any(
        len({_treatment(route, scene) for route in host.routes}) > 1 for host in scene.manager.hosts
    )


def _treatment(route: Route, scene: Scene) -> str:
    """What a route says of cors-authz, to compare it with others of its virtual host."""
    told = repr(
        [
            (route.runs(filter_), [o.node.value for o in route.own_overrides(filter_.name)])
            for filter_ in scene.ours
        ]
    )
    return f"{route.node.path} {told}" if REDACTED in told else told


def _check_paths(manager: Node) -> Iterator[Finding]:
    if not manager.is_true("normalize_path"):
        yield finding(
            RuleId.PATH_NOT_NORMALISED,
            manager,
            "routes are chosen by the path as it was sent: /open/../orders is judged by the route "
            "of /open, and a service that resolves the dots answers for /orders",
            "set normalize_path: true",
        )
    if not manager.is_true("merge_slashes"):
        yield finding(
            RuleId.SLASHES_UNMERGED,
            manager,
            "//orders does not take the route of /orders, though a service that merges slashes "
            "answers for it",
            "set merge_slashes: true",
        )
    if manager.enum("path_with_escaped_slashes_action", _ESCAPED_SLASHES) in _KEPT:
        yield finding(
            RuleId.ESCAPED_SLASHES_KEPT,
            manager,
            "/open/..%2forders is judged by the route of /open, and a service that decodes the "
            "slash answers for /orders",
            "set path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT",
        )
