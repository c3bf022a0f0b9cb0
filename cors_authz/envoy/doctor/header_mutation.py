"""Filters that change headers: those of requests before us, those of responses after us."""

from collections.abc import Iterator
from types import MappingProxyType

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.http_filter import HttpFilter, read_filters
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.pattern import matches
from cors_authz.envoy.doctor.resources import Resources
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene

_HEADER_MUTATION = "HeaderMutation"
_OURS = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
    "vary",
)
_ACTIONS = (
    "APPEND_IF_EXISTS_OR_ADD",
    "ADD_IF_ABSENT",
    "OVERWRITE_IF_EXISTS_OR_ADD",
    "OVERWRITE_IF_EXISTS",
)
"""envoy/config/core/v3/base.proto, HeaderAppendAction."""

_HARMLESS_OTHERWISE = frozenset({"ADD_IF_ABSENT"})
_HARMLESS_ACTIONS = MappingProxyType(
    {"vary": frozenset({"", "APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT"})}
)
"""By header, ``append_action`` values that leave what we say in force."""


def origin_changes(scene: Scene) -> Iterator[Node]:
    """Mutations that remove or overwrite the request's Origin before cors-authz is asked."""
    for filter_ in scene.earlier:
        for mutation in _mutations(filter_, scene, "request_mutations"):
            if _loses_origin(mutation):
                yield mutation
    for early in scene.manager.node.items("early_header_mutation_extensions"):
        for mutation in early.get("typed_config").items("mutations"):
            if _loses_origin(mutation):
                yield mutation


def _loses_origin(mutation: Node) -> bool:
    append = mutation.get("append")
    overwritten = append.enum("append_action", _ACTIONS).startswith("OVERWRITE") and (
        append.get("header").text("key").lower() == "origin"
    )
    return overwritten or _removes(mutation, "origin")


def _removes(mutation: Node, name: str) -> bool:
    """Whether a mutation removes a header, whose name Envoy holds in lower case."""
    if mutation.text("remove").lower() == name:
        return True
    return matches(mutation.get("remove_on_match", "key_matcher"), name) is True


def removes_upstream(cluster: Node, name: str, resources: Resources) -> bool:
    """Whether a cluster's own filters remove a header from its services' responses."""
    return any(
        _removes(mutation, name)
        for _, options in cluster.get("typed_extension_protocol_options").entries()
        for filter_ in read_filters(options, "http_filters", resources)
        if filter_.type == _HEADER_MUTATION and not filter_.disabled
        for mutation in filter_.config.get("mutations").items("response_mutations")
    )


def check_response_mutations(scene: Scene) -> Iterator[Finding]:
    """Every filter's response mutations act on our preflight answers and denials too.

    Those of a route do not: the router applies them before our headers are added.
    """
    if not scene.ours:
        return
    for filter_ in scene.manager.filters:
        for mutation in _mutations(filter_, scene, "response_mutations"):
            changed = _changed(mutation)
            if changed:
                yield finding(
                    RuleId.HEADERS_MUTATED,
                    mutation,
                    f"{filter_.name} changes {changed} of every response, and with it the answers "
                    "of cors-authz: a filter's mutations run on preflight answers and denials, too",
                    "change what the service says with response_headers_to_remove and "
                    "response_headers_to_add of the route, virtual host or route configuration, "
                    "which spare the answers of cors-authz",
                )


def _mutations(filter_: HttpFilter, scene: Scene, field: str) -> Iterator[Node]:
    if filter_.type != _HEADER_MUTATION:
        return
    if not filter_.disabled or any(route.runs(filter_) for route in scene.manager.routes):
        yield from filter_.config.get("mutations").items(field)
    seen: set[int] = set()
    for route in scene.manager.routes:
        for override in route.overrides(filter_.name):
            if id(override.node.value) not in seen and not override.disabled:
                seen.add(id(override.node.value))
                yield from override.config.get("mutations").items(field)


def _changed(mutation: Node) -> str:
    """What a response mutation changes of what we send; empty where nothing."""
    removed = next((name for name in _OURS if _removes(mutation, name)), "")
    if removed:
        return removed
    append = mutation.get("append")
    set_name = append.get("header").text("key").lower()
    harmless = _HARMLESS_ACTIONS.get(set_name, _HARMLESS_OTHERWISE)
    return (
        set_name
        if set_name in _OURS and append.enum("append_action", _ACTIONS) not in harmless
        else ""
    )
