"""From a file's bytes to all that is wrong with it: the checks in their order, nothing else."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cors_authz.config.excerpt import START
from cors_authz.envoy.doctor.connection import check_connection
from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.header_mutation import check_response_mutations
from cors_authz.envoy.doctor.local_reply import check_local_replies
from cors_authz.envoy.doctor.manager import Manager, read_managers
from cors_authz.envoy.doctor.native_cors import check_native_cors
from cors_authz.envoy.doctor.per_route import check_per_route
from cors_authz.envoy.doctor.position import (
    check_enforcement,
    check_order,
    check_presence,
    check_upgrades,
)
from cors_authz.envoy.doctor.preflights import check_catch_all, check_preflights
from cors_authz.envoy.doctor.reading import read_root
from cors_authz.envoy.doctor.resources import Resources, read_resources
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Expectations, Scene, our_filters, our_targets
from cors_authz.envoy.doctor.service import check_services
from cors_authz.envoy.doctor.settings import check_settings
from cors_authz.envoy.doctor.skipping import check_skipping
from cors_authz.envoy.doctor.unchecked import check_unchecked_routes, serves_pages
from cors_authz.envoy.doctor.unreadable import UnreadableError
from cors_authz.envoy.doctor.visible_headers import check_origin_kept, check_visible_headers

Check = Callable[[Scene], Iterator[Finding]]

CHECKS: Sequence[Check] = (
    check_presence,
    check_order,
    check_native_cors,
    check_origin_kept,
    check_response_mutations,
    check_enforcement,
    check_upgrades,
    check_skipping,
    check_visible_headers,
    check_settings,
    check_services,
    check_connection,
    check_local_replies,
    check_per_route,
    check_unchecked_routes,
    check_preflights,
    check_catch_all,
)


_DIRECTIONS = ("UNSPECIFIED", "INBOUND", "OUTBOUND")


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at, and what is wrong with it."""

    listeners: tuple[str, ...]
    """The names of the listeners that speak HTTP."""
    targets: tuple[str, ...]
    """The clusters or addresses taken for cors-authz."""
    findings: tuple[Finding, ...]
    """As they stand in the file; of a dump, listener by listener."""

    def without(self, ids: Collection[str]) -> "Examination":
        """The same without the findings that are meant so."""
        kept = tuple(finding for finding in self.findings if finding.rule not in ids)
        return replace(self, findings=kept)


def examine(
    content: bytes,
    *,
    expectations: Expectations | None = None,
    cluster: str | None = None,
    listeners: frozenset[str] = frozenset(),
) -> Examination:
    """Examine a bootstrap or a dump of the admin API.

    Args:
        content: The file, YAML or JSON.
        expectations: What the operator told beside it.
        cluster: The cluster of cors-authz; ``None`` to recognise it.
        listeners: The names of those to examine; empty for all.

    Raises:
        UnreadableError: The file is no configuration of Envoy, or has no such listener.
    """
    resources = read_resources(read_root(content))
    every = list(read_managers(resources))
    targets = our_targets(every, cluster)
    managers = _select(every, listeners, targets)
    told = expectations or Expectations()
    found: Mapping[Finding, None] = dict.fromkeys(
        finding_
        for manager in managers
        for finding_ in _examine_manager(manager, targets, resources, told)
    )
    return Examination(
        tuple(dict.fromkeys(manager.listener_name for manager in managers)),
        tuple(sorted(targets)),
        tuple(sorted(found, key=lambda each: each.at or START)),
    )


def _examine_manager(
    manager: Manager, targets: frozenset[str], resources: Resources, expectations: Expectations
) -> Iterator[Finding]:
    ours = our_filters(manager.filters, targets)
    scene = Scene(manager, ours, resources, expectations)
    for check in CHECKS:
        yield from check(scene)
    if ours and manager.unseen_routes:
        yield finding(
            RuleId.ROUTES_UNSEEN,
            manager.node.get("rds") or manager.node.get("scoped_routes") or manager.node,
            f"the routes ({manager.unseen_routes}) are not in the file, so that nothing could be "
            "said of them",
            "give what the admin API says at /config_dump?include_eds",
        )


def _select(
    managers: list[Manager], names: frozenset[str], targets: frozenset[str]
) -> list[Manager]:
    """Those to examine.

    Listeners for outbound traffic are left out where they do not ask cors-authz and others serve
    pages; Istio calls those of its gateways outbound too.
    """
    known = {manager.listener_name for manager in managers}
    missing = names - known
    if missing:
        raise UnreadableError(
            f"no listener named {', '.join(sorted(missing))} speaks HTTP; these do: "
            f"{', '.join(sorted(known))}"
        )
    if not managers:
        raise UnreadableError("no listener has an HTTP connection manager")
    if names:
        return [m for m in managers if m.listener_name in names]
    chosen = [
        manager
        for manager in managers
        if manager.listener.enum("traffic_direction", _DIRECTIONS) != "OUTBOUND"
        or our_filters(manager.filters, targets)
    ]
    return chosen if any(map(serves_pages, chosen)) else managers
