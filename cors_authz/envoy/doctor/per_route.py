"""What routes say of cors-authz: under the right name, with keys and groups that exist."""

from collections.abc import Iterator

from cors_authz.config.nearest import nearest
from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.node import NOWHERE, Node
from cors_authz.envoy.doctor.route_table import GROUP_EXTENSION, REDACTED, Override, all_overrides
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene

_PER_ROUTE = "ExtAuthzPerRoute"


def check_per_route(scene: Scene) -> Iterator[Finding]:
    """Check every level of every route once."""
    if not scene.ours:
        return
    seen: set[int] = set()
    for route in scene.manager.routes:
        for level in route.levels:
            for name, override in all_overrides(level):
                if override.config.type == _PER_ROUTE and id(override.node.value) not in seen:
                    seen.add(id(override.node.value))
                    yield from _check_name(name, override, scene)
                    if any(filter_.name == name for filter_ in scene.ours):
                        yield from _check_extensions(override.config, scene)


def _check_name(name: str, override: Override, scene: Scene) -> Iterator[Finding]:
    chains = (scene.manager.filters, *(u.filters for u in scene.manager.upgrades))
    if any(filter_.name == name for chain in chains for filter_ in chain):
        return
    ours = scene.ours[0].name
    yield finding(
        RuleId.PER_ROUTE_NAME_UNKNOWN,
        override.node,
        f"no filter of the chain is named {name}, so that this has no effect",
        f"write the name that the filter has in http_filters: {ours}",
    )


def _check_extensions(config: Node, scene: Scene) -> Iterator[Finding]:
    groups = scene.expectations.groups
    for key, value in config.get("check_settings", "context_extensions").entries():
        if key != GROUP_EXTENSION and nearest(key, [GROUP_EXTENSION]) is not None:
            yield finding(
                RuleId.CONTEXT_EXTENSION_UNKNOWN,
                value,
                f"{key} means nothing to cors-authz: the route names no API group, which is then "
                "found by host and path",
                f"write {GROUP_EXTENSION}",
            )
        elif key == GROUP_EXTENSION and groups is not None:
            yield from _check_group(value, groups)


def _check_group(value: Node, groups: frozenset[str]) -> Iterator[Finding]:
    name = str(value.value)
    if name == REDACTED:
        yield finding(
            RuleId.GROUPS_UNREAD,
            NOWHERE,
            "Envoy's admin API keeps the names of API groups to itself, so that they could not be "
            "compared with the policy set",
            "give the bootstrap, or what the control plane is given, as well",
        )
    elif name not in groups:
        like = nearest(name, groups)
        yield finding(
            RuleId.GROUP_UNKNOWN,
            value,
            f"there is no API group named {name}: pages of other origins are refused",
            f"write {like}" if like else "name a group of the policy set",
        )
