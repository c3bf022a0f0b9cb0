"""From documents to the objects that decide: no positions, no checks, nothing is asked twice.

Documents that passed the checks compile; others may raise. Documents are plain data, so
they can be checked in one process and compiled in another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cors_authz.config.document import GroupDocument, PolicyDocument, SettingsDocument
from cors_authz.policy.decide import PolicySet
from cors_authz.policy.group import Group
from cors_authz.policy.header_names import HeaderNames
from cors_authz.policy.pattern import AnyOrigin, OriginMatcher, OriginPattern, parse_pattern
from cors_authz.policy.policy import Methods, Policy
from cors_authz.policy.router import Router
from cors_authz.policy.terms import Evaluation

WILDCARD = "*"


@dataclass(frozen=True, slots=True)
class DecisionLogShares:
    """Which share of decisions is logged, 0 to 1."""

    allowed: float
    denied: float


@dataclass(frozen=True, slots=True)
class LoadedSet:
    """A policy set that passed all checks, ready to decide."""

    policy_set: PolicySet
    decision_log: DecisionLogShares


def compile_policy(document: PolicyDocument) -> Policy:
    """Compile one policy.

    Raises:
        PatternError: An entry of ``allowedOrigins`` is no origin pattern.
        RegexError: An entry of ``allowedOrigins`` is a regex that does not compile.
    """
    origins: list[OriginPattern] = [AnyOrigin()]
    if document.allowed_origins is not None:
        origins = [parse_pattern(entry) for entry in document.allowed_origins]
    return Policy(
        name=document.name,
        protocols=frozenset(document.allowed_http_protocols),
        origins=OriginMatcher(origins),
        methods=Methods(document.allowed_methods),
        headers=_header_names(document.allowed_headers),
        exposed=_header_names(document.exposed_headers),
        max_age_s=document.max_age,
        credentials=document.allow_credentials,
        require_origin=document.require_origin_header,
        mode=document.mode,
        description=document.description,
        tags=MappingProxyType(document.tags),
        acknowledged=frozenset(document.acknowledge),
    )


def compile_group(
    document: GroupDocument, policies: Mapping[str, Policy], default: Evaluation
) -> Group:
    """Compile one group.

    Args:
        document: The group.
        policies: By name, all that the group names.
        default: How policies combine where the group does not say.

    Raises:
        KeyError: A policy that the group names is not there.
    """
    return Group(
        name=document.name,
        policies=tuple(policies[name] for name in document.policies),
        hosts=document.hosts,
        paths=document.paths,
        evaluation=document.evaluation or default,
        same_origin=document.same_origin,
        description=document.description,
        tags=MappingProxyType(document.tags),
    )


def compile_set(
    policies: Mapping[str, Policy],
    groups: Iterable[Group],
    settings: SettingsDocument,
    revision: str,
) -> LoadedSet:
    """Put compiled policies and groups together.

    Raises:
        RouteConflictError: Two groups claim the same host and path.
    """
    groups = tuple(groups)
    policy_set = PolicySet(
        router=Router(groups),
        groups=MappingProxyType({group.name: group for group in groups}),
        policies=MappingProxyType(dict(policies)),
        unmatched=settings.unmatched,
        revision=revision,
    )
    shares = settings.decision_log
    return LoadedSet(policy_set, DecisionLogShares(shares.allowed, shares.denied))


def _header_names(entries: Iterable[str]) -> HeaderNames:
    """Names compare without case (RFC 9110 5.1); they are announced in lower case."""
    names = dict.fromkeys(entry.lower() for entry in entries)
    wildcard = WILDCARD in names
    names.pop(WILDCARD, None)
    return HeaderNames(tuple(names), wildcard=wildcard)
