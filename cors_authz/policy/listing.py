"""Policies and groups as they are in force: members of JSON objects, in the words of the files.

For whoever lists a policy set, on the command line or over HTTP. Defaults are filled in;
``None`` stands for a list that is not there and therefore holds everything.
"""

from collections.abc import Iterator
from typing import Any

from cors_authz.policy.decide import PolicySet
from cors_authz.policy.group import Group
from cors_authz.policy.header_names import HeaderNames
from cors_authz.policy.policy import Policy
from cors_authz.policy.selector import Selector
from cors_authz.policy.terms import HttpProtocol

Members = dict[str, Any]


def selected_policies(policy_set: PolicySet, selector: Selector) -> Iterator[Policy]:
    """The policies whose tags a selector matches, in the order of the documents."""
    return (p for p in policy_set.policies.values() if selector.matches(p.tags))


def selected_groups(policy_set: PolicySet, selector: Selector) -> Iterator[Group]:
    """The groups whose tags a selector matches, in the order of the documents."""
    return (g for g in policy_set.groups.values() if selector.matches(g.tags))


def groups_using(policy_set: PolicySet, policy: Policy) -> tuple[str, ...]:
    """The names of the groups in which a policy is evaluated."""
    return tuple(
        group.name
        for group in policy_set.groups.values()
        if any(member.name == policy.name for member in group.policies)
    )


def policy_members(policy: Policy) -> Members:
    """A policy with the keys of design section 2."""
    origins = [pattern.text for pattern in policy.origins.patterns]
    return {
        "name": policy.name,
        "description": policy.description,
        "tags": dict(policy.tags),
        "allowedHttpProtocols": [p.value for p in HttpProtocol if p in policy.protocols],
        "allowedMethods": None if policy.methods.listed is None else list(policy.methods.listed),
        "allowedOrigins": origins,
        "requireOriginHeader": policy.require_origin,
        "allowedHeaders": _names(policy.headers),
        "exposedHeaders": _names(policy.exposed),
        "maxAge": policy.max_age_s,
        "allowCredentials": policy.credentials,
        "mode": policy.mode.value,
        "acknowledge": sorted(policy.acknowledged),
    }


def group_members(group: Group) -> Members:
    """A group with the keys of design section 2."""
    return {
        "name": group.name,
        "description": group.description,
        "tags": dict(group.tags),
        "hosts": None if group.hosts is None else list(group.hosts),
        "paths": None if group.paths is None else list(group.paths),
        "policies": [policy.name for policy in group.policies],
        "evaluation": group.evaluation.value,
        "sameOrigin": group.same_origin.value,
    }


def _names(names: HeaderNames) -> list[str]:
    return ["*", *names.names] if names.wildcard else list(names.names)
