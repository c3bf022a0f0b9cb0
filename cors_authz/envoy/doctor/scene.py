"""What a check looks at: one connection manager, which of its filters is ours, and the rest.

Which authorization service is cors-authz nothing in the file says. It is the cluster that was
named; else whatever has ``cors`` and ``authz`` in its name; else the only one there is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cors_authz.envoy.doctor.http_filter import EXT_AUTHZ, HttpFilter
from cors_authz.envoy.doctor.manager import Manager
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.resources import Resources
from cors_authz.envoy.doctor.route_table import Route

OUR_NAME = re.compile(r"cors[-_.]?authz", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the operator told beside the configuration."""

    workers: int | None = None
    """How many processes answer checks."""
    groups: frozenset[str] | None = None
    """The names of the policy set's API groups; ``None`` where none was given."""
    has_websockets: bool = False
    """Whether a policy of the set speaks of WebSockets."""
    requires_origin: bool = False
    """Whether a policy of the set refuses requests without Origin."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One connection manager, with what is known around it."""

    manager: Manager
    ours: tuple[HttpFilter, ...]
    """The filters that ask cors-authz, in their order; several where routes have their own."""
    resources: Resources
    expectations: Expectations

    @property
    def earlier(self) -> Iterator[HttpFilter]:
        """The filters that run before cors-authz is asked; none where it never is."""
        for filter_ in self.manager.filters if self.ours else ():
            if filter_ is self.ours[0]:
                return
            yield filter_

    def checks(self, route: Route) -> bool:
        """Whether cors-authz is asked about requests on a route."""
        return any(
            route.runs(filter_) and not self.asks_another(route, filter_) for filter_ in self.ours
        )

    def asks_another(self, route: Route, filter_: HttpFilter) -> bool:
        """Whether a route lets our filter ask a service that is not cors-authz."""
        services = [
            o.config.get("check_settings", "grpc_service") for o in route.overrides(filter_.name)
        ]
        target = next((told for s in reversed(services) if (told := service_target(s))), "")
        if not target or OUR_NAME.search(target):
            return False
        return target not in map(target_of, self.ours)


def service_target(service: Node) -> str:
    """Whom a ``GrpcService`` calls; empty where it says nobody."""
    cluster = service.get("envoy_grpc").text("cluster_name")
    return cluster or service.get("google_grpc").text("target_uri")


def target_of(filter_: HttpFilter) -> str:
    """Whom a filter calls."""
    return service_target(filter_.config.get("grpc_service"))


def our_targets(managers: Sequence[Manager], named: str | None) -> frozenset[str]:
    """The clusters or addresses that are cors-authz, as far as the file shows."""
    if named is not None:
        return frozenset({named})
    targets = {target for manager in managers for target, _ in _calls(manager)}
    ours = {
        target
        for manager in managers
        for target, name in _calls(manager)
        if OUR_NAME.search(target) or OUR_NAME.search(name)
    }
    if ours:
        return frozenset(ours)
    return frozenset(targets) if len(targets) == 1 else frozenset()


def our_filters(filters: Sequence[HttpFilter], targets: frozenset[str]) -> tuple[HttpFilter, ...]:
    """Those filters of a chain that call one of the targets."""
    return tuple(
        filter_
        for filter_ in filters
        if filter_.type == EXT_AUTHZ and target_of(filter_) in targets
    )


def _calls(manager: Manager) -> Iterator[tuple[str, str]]:
    for filter_ in manager.filters:
        target = target_of(filter_)
        if filter_.type == EXT_AUTHZ and target:
            yield target, filter_.name
