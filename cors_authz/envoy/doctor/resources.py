"""Listeners, clusters and route configurations of a bootstrap or of a dump of Envoy's admin API.

Where in the file they stand is known here, and nothing of what they mean.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.unreadable import UnreadableError


@dataclass(slots=True)
class Resources:
    """What the file holds, by name where something refers to it by name."""

    listeners: list[Node] = field(default_factory=list)
    clusters: dict[str, Node] = field(default_factory=dict)
    route_configs: dict[str, Node] = field(default_factory=dict)
    scopes: dict[str, list[Node]] = field(default_factory=dict)
    """``ScopedRouteConfiguration`` by the name that connection managers give to all of them."""
    endpoints: dict[str, Node] = field(default_factory=dict)
    """``ClusterLoadAssignment`` by cluster, of a dump with ``?include_eds``."""
    extensions: dict[str, Node] = field(default_factory=dict)
    """``TypedExtensionConfig`` by name, of filters that are discovered (ECDS)."""


_ENTRIES: Mapping[str, Sequence[tuple[str, str, str]]] = MappingProxyType(
    {
        "ClustersConfigDump": (
            ("static_clusters", "cluster", "clusters"),
            ("dynamic_active_clusters", "cluster", "clusters"),
            ("dynamic_warming_clusters", "cluster", "clusters"),
        ),
        "RoutesConfigDump": (
            # Static ones stand in their listeners, and may have the names of discovered ones.
            ("dynamic_route_configs", "route_config", "route_configs"),
        ),
        "EndpointsConfigDump": (
            ("static_endpoint_configs", "endpoint_config", "endpoints"),
            ("dynamic_endpoint_configs", "endpoint_config", "endpoints"),
        ),
        "EcdsConfigDump": (("ecds_filters", "ecds_filter", "extensions"),),
    }
)
"""envoy/admin/v3/config_dump.proto: the lists of a dump, what their entries wrap, and
where it is kept."""


def read_resources(root: Node) -> Resources:
    """Find the resources of a bootstrap or of a dump.

    Raises:
        UnreadableError: It is neither, or holds no listener.
    """
    resources = Resources()
    if isinstance(root.get("configs").value, list):
        _read_dump(root, resources)
    elif root.get("static_resources") or root.get("dynamic_resources"):
        _read_bootstrap(root, resources)
    else:
        raise UnreadableError(
            "it is neither a bootstrap (static_resources) nor a dump of the admin API (configs)"
        )
    if not resources.listeners:
        raise UnreadableError(
            "no listener stands here; where Envoy is told its listeners by a control plane, give "
            "what its admin API says at /config_dump?include_eds"
        )
    return resources


def _read_bootstrap(root: Node, resources: Resources) -> None:
    static = root.get("static_resources")
    resources.listeners += [_shorten(node) for node in static.items("listeners")]
    _index(resources.clusters, map(_shorten, static.items("clusters")))


def _read_dump(root: Node, resources: Resources) -> None:
    configs: dict[str, Node] = {}
    for config in root.items("configs"):
        configs.setdefault(config.type, config)
        for name, wrapped, kind in _ENTRIES.get(config.type, ()):
            found = [_resource(entry.get(wrapped), kind) for entry in config.items(name)]
            _index(getattr(resources, kind), found)
        if config.type == "ScopedRoutesConfigDump":
            _read_scopes(config, resources)
        if config.type == "ListenersConfigDump":
            resources.listeners += _dumped_listeners(config)
    bootstrap = configs.get("BootstrapConfigDump")
    if bootstrap is not None and "ListenersConfigDump" not in configs:
        _read_bootstrap(bootstrap.get("bootstrap"), resources)


def _dumped_listeners(config: Node) -> list[Node]:
    found = [entry.get("listener") for entry in config.items("static_listeners")]
    for entry in config.items("dynamic_listeners"):
        state = entry.get("active_state") or entry.get("warming_state")
        found.append(state.get("listener"))
    return [_resource(listener, "listeners") for listener in found if listener]


def _read_scopes(config: Node, resources: Resources) -> None:
    for kind in ("inline_scoped_route_configs", "dynamic_scoped_route_configs"):
        for group in config.items(kind):
            scopes = resources.scopes.setdefault(group.text("name"), [])
            scopes += group.items("scoped_route_configs")


def _resource(node: Node, kind: str) -> Node:
    """A resource of a dump, called by its kind and name."""
    return Node(node.value, f"{kind}[{_name(node)}]", node.positions, node.at)


def _shorten(node: Node) -> Node:
    path = node.path.rpartition("static_resources.")[2]
    return Node(node.value, path, node.positions, node.at)


def _index(table: dict[str, Node], nodes: Iterable[Node]) -> None:
    for node in nodes:
        if node:
            table.setdefault(_name(node), node)


def _name(node: Node) -> str:
    return node.text("name") or node.text("cluster_name")
