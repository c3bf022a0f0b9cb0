"""Virtual hosts and routes, with what each says of a filter.

``typed_per_filter_config`` can stand at the route configuration, the virtual host, the route
and its weighted clusters; the most specific wins. Keys are the filters' names in the chain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cors_authz.envoy.doctor.http_filter import HttpFilter, unwrapped
from cors_authz.envoy.doctor.node import NOWHERE, Node

GROUP_EXTENSION = "cors_authz.group"
"""The context extension by which a route names its API group."""

REDACTED = "[redacted]"
"""What the admin API says in place of every context extension."""


@dataclass(frozen=True, slots=True)
class Override:
    """What one level says of a filter, a ``FilterConfig`` around it taken off."""

    node: Node
    config: Node
    disabled: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A route to one cluster, with the levels around it."""

    node: Node
    host: Node
    table: Node
    share: Node = NOWHERE
    """Of several weighted clusters, the one; an empty node where there are none."""

    @property
    def match(self) -> Node:
        """When the route is taken."""
        return self.node.get("match")

    @property
    def levels(self) -> tuple[Node, ...]:
        """From the least to the most specific."""
        route = (self.table, self.host, self.node)
        return (*route, self.share) if self.share else route

    def overrides(self, name: str) -> list[Override]:
        """What the levels say of the filter ``name``, the most specific last."""
        return [o for level in self.levels for o in overrides_at(level, name)]

    def override(self, name: str) -> Override | None:
        """What holds of the filter ``name`` here."""
        overrides = self.overrides(name)
        return overrides[-1] if overrides else None

    def own_overrides(self, name: str) -> list[Override]:
        """What the route itself says of the filter ``name``, beyond its virtual host."""
        return [o for level in self.levels[2:] for o in overrides_at(level, name)]

    @property
    def cluster(self) -> str:
        """The name of the cluster; empty where requests tell it, or Envoy answers itself."""
        return self.share.text("name") or self.node.get("route").text("cluster")

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
    """Those to weighted clusters stand here once for each."""


def read_hosts(table: Node) -> tuple[VirtualHost, ...]:
    """The virtual hosts of a route configuration."""
    return tuple(
        VirtualHost(
            host,
            tuple(each for route in host.items("routes") for each in _routes(route, host, table)),
        )
        for host in table.items("virtual_hosts")
    )


def _routes(node: Node, host: Node, table: Node) -> Iterator[Route]:
    shares = list(node.get("route", "weighted_clusters").items("clusters"))
    if not shares:
        yield Route(node, host, table)
    for share in shares:
        yield Route(node, host, table, share)


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
