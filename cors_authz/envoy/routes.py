"""Which hosts and paths of a gateway belong to which API groups, in the order of the router.

Routes only say what becomes of a response's headers; which group decides is for the sidecar
to find. So a set that changes later changes decisions at once, and no route is in its way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cors_authz.config.spec import GroupSpec, SetSpec

EVERY_HOST = "*"
_ESCAPES = re.compile(r"(?:%[0-9A-F]{2})+")

CORS_RESPONSE_HEADERS = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-allow-private-network",
)
"""What upstreams say about CORS (Fetch standard 3.3.3; Private Network Access)."""


class PathKind(StrEnum):
    """How a route compares paths, in the order in which it is tried."""

    EXACT = "exact"
    REGEX = "regex"
    PREFIX = "prefix"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class GroupRoute:
    """The paths of one entry of a group."""

    group: str
    kind: PathKind
    path: str
    """Without the sign before it; a slash where every path is meant."""
    is_decided: bool
    """Whether the sidecar changes responses here; not where all policies only report."""

    @property
    def takes_every_path(self) -> bool:
        """Whether no path is left for a route behind this one."""
        return self.kind is PathKind.EVERY or (self.kind, self.path) == (PathKind.PREFIX, "/")

    def covers(self, other: "GroupRoute") -> bool:
        """Whether this takes every path of another, as far as can be told without trying."""
        if (self.kind, self.path) == (other.kind, other.path):
            return True
        within = self.kind is PathKind.PREFIX and other.kind in (PathKind.EXACT, PathKind.PREFIX)
        return within and (other.path == self.path or other.path.startswith(f"{self.path}/"))

    @property
    def has_escapes(self) -> bool:
        """Whether clients may spell this path in several ways, as escapes have no case."""
        return self.kind is not PathKind.REGEX and "%" in self.path

    @property
    def escaped_regex(self) -> str:
        """A path with escapes as a regex that takes all of these spellings."""
        *befores, last = _ESCAPES.split(self.path)
        escapes = _ESCAPES.findall(self.path)
        pairs = zip(befores, escapes, strict=True)
        regex = "".join(f"{re.escape(before)}(?i:{escape})" for before, escape in pairs)
        regex += re.escape(last)
        return regex if self.kind is PathKind.EXACT else f"{regex}(/.*)?"


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts that have all their routes in common."""

    domains: tuple[str, ...]
    """Host entries; a lone ``*`` is every host that no other entry covers."""
    routes: tuple[GroupRoute, ...]
    rest_is_forwarded: bool
    """Whether paths of no group are passed on to the upstream; else they are not found."""

    @property
    def takes_every_path(self) -> bool:
        """Whether a group takes what is left, so that nothing is."""
        return bool(self.routes) and self.routes[-1].takes_every_path


def plan_hosts(spec: SetSpec) -> tuple[Hosts, ...]:
    """Every host entry of a set with its routes; the last is for all other hosts."""
    claims = _claims_by_host(spec)
    passes_unmatched = spec.settings.unmatched == "allow"
    planned: dict[tuple[tuple[GroupRoute, ...], bool], list[str]] = {}
    for host in (*(h for h in claims if h != EVERY_HOST), EVERY_HOST):
        routes = tuple(_routes(host, claims))
        # Of hosts that no group knows, nothing is known to pass on.
        forwarded = passes_unmatched and (host != EVERY_HOST or EVERY_HOST in claims)
        planned.setdefault((routes, forwarded), []).append(host)
    found = [Hosts(tuple(domains), *plan) for plan, domains in planned.items()]
    return tuple(sorted(found, key=lambda hosts: EVERY_HOST in hosts.domains))


def decided_groups(spec: SetSpec) -> tuple[str, ...]:
    """The names of the groups in which a policy does more than report."""
    deciding = {policy.name for policy in spec.policies if policy.mode != "reportOnly"}
    return tuple(g.name for g in spec.groups if not g.policies or deciding & set(g.policies))


def unclaiming_groups(spec: SetSpec) -> tuple[str, ...]:
    """The names of the groups that only routes lead to which name them."""
    return tuple(g.name for g in spec.groups if g.hosts == () or g.paths == ())


def _claims_by_host(spec: SetSpec) -> dict[str, list[GroupRoute]]:
    """The routes of each host entry, the first to be tried first."""
    decided = set(decided_groups(spec))
    claims: dict[str, list[GroupRoute]] = {}
    for group in spec.groups:
        for host in (EVERY_HOST,) if group.hosts is None else group.hosts:
            found = _group_routes(group, is_decided=group.name in decided)
            claims.setdefault(host, []).extend(found)
    return {host: sorted(routes, key=_order) for host, routes in claims.items() if routes}


def _group_routes(group: GroupSpec, *, is_decided: bool) -> Iterator[GroupRoute]:
    for entry in (None,) if group.paths is None else group.paths:
        kind, path = PathKind.PREFIX, entry or "/"
        if entry is None:
            kind = PathKind.EVERY
        elif entry.startswith("="):
            kind, path = PathKind.EXACT, entry[1:]
        elif entry.startswith("~"):
            kind, path = PathKind.REGEX, entry[1:]
        yield GroupRoute(group.name, kind, path, is_decided)


def _order(route: GroupRoute) -> tuple[int, int]:
    """Exact paths, regexes as they stand, the longest prefixes first, every path."""
    length = len(route.path) if route.kind is PathKind.PREFIX else 0
    return list(PathKind).index(route.kind), -length


def _routes(host: str, claims: dict[str, list[GroupRoute]]) -> Iterator[GroupRoute]:
    """The routes of a host entry, then those of less specific ones, as the router tries them.

    What more specific ones surely take is left out, so that the order of the others does not
    matter to gateways that have one of their own.
    """
    tried: list[GroupRoute] = []
    for candidate in _candidates(host):
        left = [r for r in claims.get(candidate, ()) if not any(t.covers(r) for t in tried)]
        for route in left:
            yield route
            if route.takes_every_path:
                return
        tried += left


def _candidates(host: str) -> Iterator[str]:
    """A host entry and those that cover all its hosts as well, most specific first."""
    yield host
    if host == EVERY_HOST:
        return
    if not host.startswith("["):
        dot = host.find(".", 2 if host.startswith("*.") else 0)
        while dot >= 0:
            yield f"*{host[dot:]}"
            dot = host.find(".", dot + 1)
    yield EVERY_HOST
