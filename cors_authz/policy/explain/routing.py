"""Why a request belongs to its API group: which entries won, and which groups lost to them.

The router finds the group; here it is asked again without the winners, so that there is
no second opinion about precedence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from cors_authz.policy.classify import classify
from cors_authz.policy.decide import PolicySet
from cors_authz.policy.group import Group
from cors_authz.policy.path import normalise_path, strip_query
from cors_authz.policy.request import Request
from cors_authz.policy.router import EVERY_HOST, Route, Router, host_candidates
from cors_authz.policy.terms import Unmatched

MAX_LISTED = 5
"""Of the groups that lost or came near: more explain nothing."""


class RoutingOutcome(StrEnum):
    """How a request came to its group, or to none."""

    NAMED = "named"
    """The Envoy route names the group."""
    UNKNOWN = "unknown"
    """The Envoy route names a group that does not exist."""
    MATCHED = "matched"
    """Host and path belong to the group."""
    UNMATCHED = "unmatched"
    """Host and path belong to no group."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A group with the entries by which it claims the request, or nearly does."""

    group: str
    host_entry: str | None
    """``None`` for every host."""
    path_entry: str | None
    """``None`` for every path."""
    remark: str
    """Why it lost, or what is missing."""


@dataclass(frozen=True, slots=True)
class Routing:
    """From host and path to the group."""

    outcome: RoutingOutcome
    host: str
    """As hosts are compared; empty where the request's host is none."""
    path: str
    """As paths are compared."""
    group: str | None
    host_entry: str | None
    """The entry of ``hosts`` that fits; ``None`` for every host, or where none was needed."""
    path_entry: str | None
    """The entry of ``paths`` that fits; ``None`` for every path, or where none was needed."""
    why: str
    lost: tuple[Claim, ...] = ()
    """Other groups that claim the request, in the order in which they would follow."""
    near: tuple[Claim, ...] = ()
    """Groups whose entry for the host would have stood first, but that do not claim the path."""
    ambiguous_with: tuple[str | None, ...] = ()
    """Groups to which other readings of the path lead; ``None`` is no group."""


def explain_routing(policy_set: PolicySet, request: Request) -> Routing:
    """Tell how a request comes to its group."""
    host, path = classify(request).host, strip_query(request.path)
    if request.group is not None:
        return _explain_named(policy_set, request.group, host, path)
    route = policy_set.router.route(host, path)
    rivals = _groups_of_host(policy_set, host, without=route.group)
    lost = tuple(_lost(route, rivals, host, path))
    near = islice(_near(route, rivals, host), MAX_LISTED)
    group = None if route.group is None else route.group.name
    return Routing(
        outcome=RoutingOutcome.UNMATCHED if group is None else RoutingOutcome.MATCHED,
        host=host,
        path=normalise_path(path),
        group=group,
        host_entry=_specific(route.host_entry),
        path_entry=route.path_entry,
        why=_why(policy_set, route),
        lost=lost,
        near=tuple(near),
        ambiguous_with=tuple(None if g is None else g.name for g in route.ambiguous_with),
    )


def _explain_named(policy_set: PolicySet, name: str, host: str, path: str) -> Routing:
    known = name in policy_set.groups
    why = (
        "the Envoy route names it (cors_authz.group), and that wins"
        if known
        else "the Envoy route names a group that does not exist (cors_authz.group)"
    )
    return Routing(
        outcome=RoutingOutcome.NAMED if known else RoutingOutcome.UNKNOWN,
        host=host,
        path=normalise_path(path),
        group=name if known else None,
        host_entry=None,
        path_entry=None,
        why=why,
    )


def _why(policy_set: PolicySet, route: Route) -> str:
    if route.group is None:
        what = "denied" if policy_set.unmatched is Unmatched.DENY else "passed on untouched"
        return f"no group claims this host and path; such requests are {what} (settings.unmatched)"
    host = _specific(route.host_entry)
    by_host = "it takes every host" if host is None else f"its host entry {host} fits"
    if route.path_entry is None:
        return f"{by_host}, and it takes every path"
    by_path = f"{_path_kind(route.path_entry)} {route.path_entry}"
    return (
        f"{by_host}, and its {by_path} fits"
        if host is None
        else f"{by_host}, and so does its {by_path}"
    )


def _groups_of_host(policy_set: PolicySet, host: str, without: Group | None) -> list[Group]:
    """The groups with an entry for the host, in their order."""
    candidates = frozenset(host_candidates(host))
    return [
        group
        for group in policy_set.groups.values()
        if group is not without and (group.hosts is None or not candidates.isdisjoint(group.hosts))
    ]


def _lost(winner: Route, rivals: list[Group], host: str, path: str) -> Iterator[Claim]:
    """Who would have the request if the winner, and then each further one, were not there."""
    rivals = [g for g in rivals if Router((g,)).route(host, path).group is g]
    for _ in range(MAX_LISTED):
        route = Router(rivals).route(host, path)
        if route.group is None:
            return
        rivals = [group for group in rivals if group is not route.group]
        yield Claim(
            group=route.group.name,
            host_entry=_specific(route.host_entry),
            path_entry=route.path_entry,
            remark=_compare(winner, route),
        )


def _compare(winner: Route, loser: Route) -> str:
    """Why the winner stands before the loser (design section 3)."""
    if winner.host_entry != loser.host_entry:
        won, lost = winner.host_entry or EVERY_HOST, _specific(loser.host_entry)
        return f"{lost or 'every host'} is less specific than {won}"
    if loser.path_entry is None:
        return "groups without paths come last"
    won, lost = _path_kind(winner.path_entry or ""), _path_kind(loser.path_entry)
    if won != lost:
        return f"{_indefinite(won)} comes before {_indefinite(lost)}"
    if won == "prefix":
        return "the longer prefix wins"
    return "its regex stands later"


def _near(winner: Route, rivals: list[Group], host: str) -> Iterator[Claim]:
    """Who has the host in an entry that is more specific than the winner's, but not the path."""
    for group in rivals:
        entries = (EVERY_HOST,) if group.hosts is None else group.hosts
        entry = next((entry for entry in host_candidates(host) if entry in entries), None)
        if entry == winner.host_entry or not _stands_before(entry, winner.host_entry, host):
            continue
        paths = ", ".join((group.paths or ())[:MAX_LISTED])
        remark = f"it claims {paths} only" if paths else "only routes that name it lead to it"
        yield Claim(group.name, _specific(entry), None, remark)


def _stands_before(entry: str | None, other: str | None, host: str) -> bool:
    return entry == next(c for c in host_candidates(host) if c in (entry, other))


def _specific(host_entry: str | None) -> str | None:
    return None if host_entry == EVERY_HOST else host_entry


def _path_kind(entry: str) -> str:
    if entry.startswith("="):
        return "exact path"
    return "regex" if entry.startswith("~") else "prefix"


def _indefinite(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
