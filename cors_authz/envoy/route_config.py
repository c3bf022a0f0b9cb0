"""Envoy's routes for the hosts and paths of API groups: what is stripped, and what is left."""

from collections.abc import Sequence

from envoy_data_plane.envoy.config.core.v3 import (
    HeaderValue,
    HeaderValueOption,
    HeaderValueOptionHeaderAppendAction,
)
from envoy_data_plane.envoy.config.route.v3 import (
    DirectResponseAction,
    Route,
    RouteAction,
    RouteConfiguration,
    RouteMatch,
    VirtualHost,
)
from envoy_data_plane.envoy.type.matcher.v3 import RegexMatcher

from cors_authz.envoy.routes import CORS_RESPONSE_HEADERS, EVERY_HOST, GroupRoute, Hosts, PathKind
from cors_authz.envoy.text import Json, plain

ROUTE_OF_NO_GROUP = "no-group"

_NOT_FOUND = 404


def route_config(hosts: Sequence[Hosts], upstream: str, *, adds_vary: bool) -> Json:
    """A virtual host for each plan; none is without a route for every path.

    They are plain data already, host by host: large messages take their types ever longer.

    Args:
        hosts: Hosts and their routes; the last is for every other host.
        upstream: The name of the cluster behind Envoy.
        adds_vary: Whether routes add ``Vary: Origin``, as the sidecar is not always asked.
    """
    found = (_virtual_host(planned, upstream, adds_vary=adds_vary) for planned in hosts)
    config = RouteConfiguration(name="main", ignore_port_in_host_matching=True)
    return {**plain(config), "virtual_hosts": [plain(virtual_host) for virtual_host in found]}


def vary_header() -> HeaderValueOption:
    """``Vary: Origin``, beside what the upstream says."""
    return HeaderValueOption(
        header=HeaderValue(key="vary", value="Origin"),
        append_action=HeaderValueOptionHeaderAppendAction.APPEND_IF_EXISTS_OR_ADD,
    )


def _virtual_host(hosts: Hosts, upstream: str, *, adds_vary: bool) -> VirtualHost:
    routes = [_route(route, upstream, adds_vary=adds_vary) for route in hosts.routes]
    if not hosts.takes_every_path:
        routes.append(_rest(upstream if hosts.rest_is_forwarded else None))
    domains = [spelling for domain in hosts.domains for spelling in _spellings(domain)]
    return VirtualHost(name=hosts.domains[0], domains=domains, routes=routes)


def _spellings(domain: str) -> list[str]:
    """With and without the dot that a host may end with, which is nothing to the router."""
    may_have_dot = domain != EVERY_HOST and not domain.endswith("]")
    return [domain, f"{domain}."] if may_have_dot else [domain]


def _route(route: GroupRoute, upstream: str, *, adds_vary: bool) -> Route:
    return Route(
        name=route.group,
        match=_match(route),
        route=RouteAction(cluster=upstream),
        response_headers_to_remove=list(CORS_RESPONSE_HEADERS) if route.is_decided else [],
        response_headers_to_add=[vary_header()] if route.is_decided and adds_vary else [],
    )


def _rest(upstream: str | None) -> Route:
    """The route that takes what no other does: Envoy checks no request without one."""
    if upstream is None:
        answer = DirectResponseAction(status=_NOT_FOUND)
        return Route(name=ROUTE_OF_NO_GROUP, match=RouteMatch(prefix="/"), direct_response=answer)
    action = RouteAction(cluster=upstream)
    return Route(name=ROUTE_OF_NO_GROUP, match=RouteMatch(prefix="/"), route=action)


def _match(route: GroupRoute) -> RouteMatch:
    if route.takes_every_path:
        return RouteMatch(prefix="/")
    if route.kind is PathKind.REGEX:
        return RouteMatch(safe_regex=RegexMatcher(regex=route.path))
    if route.has_escapes:
        return RouteMatch(safe_regex=RegexMatcher(regex=route.escaped_regex))
    if route.kind is PathKind.EXACT:
        return RouteMatch(path=route.path)
    return RouteMatch(path_separated_prefix=route.path)
