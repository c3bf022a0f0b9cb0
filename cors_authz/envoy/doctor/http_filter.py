"""The HTTP filters of a chain, looked through what can be wrapped around them.

A filter can stand behind a matcher (``ExtensionWithMatcher``), be discovered (ECDS), be one
of those that a composite filter runs, or be off until a route turns it on. What a filter
does to CORS is judged elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.resources import Resources

EXT_AUTHZ = "ExtAuthz"
ROUTER = "Router"


@dataclass(frozen=True, slots=True)
class HttpFilter:
    """One filter of a chain."""

    node: Node
    """The entry of ``http_filters``."""
    name: str
    """By which routes configure it."""
    type: str
    """The name of its message, such as ``ExtAuthz``; empty where it is not in the file."""
    config: Node
    matcher: Node
    """The ``xds_matcher`` around it; an empty node where there is none."""
    disabled: bool
    """Off until a route turns it on."""
    conditional: bool = False
    """One of those that a composite filter chooses from."""


def read_filters(owner: Node, field: str, resources: Resources) -> tuple[HttpFilter, ...]:
    """The filters of a field such as ``http_filters``, in their order."""
    return tuple(found for entry in owner.items(field) for found in _read_filter(entry, resources))


def _read_filter(entry: Node, resources: Resources) -> Iterator[HttpFilter]:
    name = entry.text("name")
    config = entry.get("typed_config")
    if not config and entry.get("config_discovery"):
        discovered = resources.extensions.get(name)
        config = (discovered or entry.get("config_discovery", "default_config")).get("typed_config")
    nothing = Node(None, entry.path, entry.positions, entry.at)
    matcher = nothing
    while config.type == "ExtensionWithMatcher":
        matcher = config.get("xds_matcher") or config.get("matcher")
        config = config.get("extension_config", "typed_config")
    disabled = entry.is_true("disabled")
    config = unwrapped(config)
    yield HttpFilter(entry, name, config.type, config, matcher, disabled)
    if config.type == "Composite":
        for typed in map(unwrapped, _composed(matcher)):
            yield HttpFilter(entry, name, typed.type, typed, nothing, disabled, conditional=True)


def _composed(matcher: Node) -> Iterator[Node]:
    """The filters that a composite's matcher chooses from (``ExecuteFilterAction``)."""
    waiting = [matcher]
    while waiting:
        node = waiting.pop()
        if node.type == "ExecuteFilterAction":
            yield node.get("typed_config", "typed_config")
            continue
        for key, inner in node.entries():
            waiting += node.items(key) if isinstance(inner.value, list) else [inner]


def unwrapped(config: Node) -> Node:
    """An extension's message, also where it is written as a struct."""
    if config.type != "TypedStruct" or not isinstance(config.value, dict):
        return config
    inner = config.get("value")
    fields = inner.value if isinstance(inner.value, dict) else {}
    return Node({**fields, "@type": config.text("type_url")}, inner.path, inner.positions, inner.at)
