"""Virtual hosts and routes, with what each says of a filter.

``typed_per_filter_config`` can stand at the route configuration, the virtual host, the route
and its weighted clusters; the most specific wins. Keys are the filters' names in the chain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cors_authz.envoy.doctor.http_filter import HttpFilter, unwrapped
from cors_authz.envoy.doctor.node import Node

GROUP_EXTENSION = "cors_authz.group"
"""The context extension by which a route names its API group."""


@dataclass(frozen=True, slots=True)
class Override:
    """What one level says of a filter, a ``FilterConfig`` around it taken off."""

    node: Node
    config: Node
    disabled: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A route, with the levels above it."""

    node: Node
    host: Node
    table: Node

    @property
    def match(self) -> Node:
        """When the route is taken."""
        return self.node.get("match")

    @property
    def levels(self) -> tuple[Node, ...]:
        """From the least to the most specific."""
        return (self.table, self.host, self.node)

    def overrides(self, name: str) -> list[Override]:
        """What the levels say of the filter ``name``, the most specific last."""
        return [o for level in self.levels for o in overrides_at(level, name)]

    def override(self, name: str) -> Override | None:
        """What holds of the filter ``name`` here."""
        overrides = self.overrides(name)
        return overrides[-1] if overrides else None

    def weighted(self) -> Iterator[Node]:
        """The weighted clusters that the route chooses from."""
        return self.node.get("route", "weighted_clusters").items("clusters")

    def runs(self, filter_: HttpFilter) -> bool:
        """Whether the filter is on here, for all that the chain and the route say."""
        override = self.override(filter_.name)
        return not filter_.disabled if override is None else not override.disabled

    def removed_headers(self) -> set[str]:
        """What the levels remove from the upstream's responses, in lower case."""
        return {
            h.lower() for level in self.levels for h in level.texts("response_headers_to_remove")
        }

    @property
    def reaches_upstream(self) -> bool:
        """Whether a cluster answers, rather than Envoy itself."""
        return bool(self.node.get("route"))


@dataclass(frozen=True, slots=True)
class VirtualHost:
    """A virtual host with its routes, in their order."""

    node: Node
    routes: tuple[Route, ...]


def read_hosts(table: Node) -> tuple[VirtualHost, ...]:
    """The virtual hosts of a route configuration."""
    return tuple(
        VirtualHost(host, tuple(Route(route, host, table) for route in host.items("routes")))
        for host in table.items("virtual_hosts")
    )


def overrides_at(level: Node, name: str) -> Iterator[Override]:
    """What one level says of the filter ``name``."""
    for key, node in level.get("typed_per_filter_config").entries():
        if key == name:
            yield _override(node)


def all_overrides(level: Node) -> Iterator[tuple[str, Override]]:
    """What one level says, by filter."""
    for key, node in level.get("typed_per_filter_config").entries():
        yield key, _override(node)


def _override(node: Node) -> Override:
    disabled = False
    config = node
    while config.type == "FilterConfig":
        disabled = disabled or config.is_true("disabled")
        config = config.get("config")
    config = unwrapped(config)
    disabled = disabled or (config.type == "ExtAuthzPerRoute" and config.is_true("disabled"))
    return Override(node, config, disabled)
