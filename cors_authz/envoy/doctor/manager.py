"""HTTP connection managers: which listeners have them, with which filters and routes."""

from collections.abc import Iterator
from dataclasses import dataclass

from cors_authz.envoy.doctor.http_filter import HttpFilter, read_filters, unwrapped
from cors_authz.envoy.doctor.node import NOWHERE, Node
from cors_authz.envoy.doctor.resources import Resources
from cors_authz.envoy.doctor.route_table import Route, VirtualHost, read_hosts


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An upgrade that is let in, with the chain that its requests take instead."""

    node: Node
    filters: tuple[HttpFilter, ...]
    """Empty where they take the ordinary one."""


@dataclass(frozen=True, slots=True)
class Manager:
    """One HTTP connection manager."""

    listener: Node
    node: Node
    """Its ``HttpConnectionManager``."""
    filters: tuple[HttpFilter, ...]
    upgrades: tuple[Upgrade, ...]
    hosts: tuple[VirtualHost, ...]
    unseen_routes: str
    """The name of a route configuration that is not in the file; else empty."""

    @property
    def listener_name(self) -> str:
        """By which people name the listener, whose own name may be missing."""
        return self.listener.text("name") or self.listener.path

    @property
    def routes(self) -> Iterator[Route]:
        """Every route of every virtual host."""
        return (route for host in self.hosts for route in host.routes)


def read_managers(resources: Resources) -> Iterator[Manager]:
    """Every connection manager of every listener."""
    for listener in resources.listeners:
        for chain in (*listener.items("filter_chains"), listener.get("default_filter_chain")):
            for filter_ in chain.items("filters"):
                config = unwrapped(filter_.get("typed_config"))
                if config.type == "HttpConnectionManager":
                    yield _read_manager(listener, config, resources)
        api = unwrapped(listener.get("api_listener", "api_listener"))
        if api.type == "HttpConnectionManager":
            yield _read_manager(listener, api, resources)


def _read_manager(listener: Node, node: Node, resources: Resources) -> Manager:
    tables, unseen = _route_tables(node, resources)
    return Manager(
        listener=listener,
        node=node,
        filters=read_filters(node, "http_filters", resources),
        upgrades=tuple(
            Upgrade(upgrade, read_filters(upgrade, "filters", resources))
            for upgrade in node.items("upgrade_configs")
        ),
        hosts=tuple(host for table in tables for host in read_hosts(table)),
        unseen_routes=unseen,
    )


def _route_tables(node: Node, resources: Resources) -> tuple[list[Node], str]:
    inline = node.get("route_config")
    if inline:
        return [inline], _unseen_hosts(inline)
    scoped = node.get("scoped_routes")
    if scoped:
        inlined = scoped.get("scoped_route_configurations_list")
        scopes = list(inlined.items("scoped_route_configurations"))
        scopes += resources.scopes.get(scoped.text("name"), ()) if not scopes else ()
        tables = [_scoped_table(scope, resources) for scope in scopes]
        found = [table for table in tables if table]
        return found, "" if found else scoped.text("name")
    name = node.get("rds").text("route_config_name")
    if name in resources.route_configs:
        table = resources.route_configs[name]
        return [table], _unseen_hosts(table)
    return [], name


def _unseen_hosts(table: Node) -> str:
    """The name of a table whose virtual hosts are discovered one by one (VHDS)."""
    return table.text("name") if table.get("vhds") and not read_hosts(table) else ""


def _scoped_table(scope: Node, resources: Resources) -> Node:
    """What a scope holds itself, or refers to by name."""
    name = scope.text("route_configuration_name")
    return scope.get("route_configuration") or resources.route_configs.get(name, NOWHERE)
