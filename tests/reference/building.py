"""From a policy set as a dictionary to the product's objects, and from its decision to words."""

from types import MappingProxyType
from typing import Any

from cors_authz.policy.decide import PolicySet
from cors_authz.policy.decision import Decision
from cors_authz.policy.group import Group
from cors_authz.policy.header_names import HeaderNames
from cors_authz.policy.pattern import OriginMatcher, parse_pattern
from cors_authz.policy.policy import Methods, Policy
from cors_authz.policy.router import Router
from cors_authz.policy.terms import Evaluation, HttpProtocol, Mode, SameOrigin, Unmatched
from tests.reference.naive import Outcome

Document = dict[str, Any]

_LIST_HEADERS = frozenset(
    {
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
    }
)


def build_policy_set(document: Document) -> PolicySet:
    """Compile a policy set.

    Raises:
        RouteConflictError: Two groups claim the same host and path.
    """
    policies = {policy["name"]: build_policy(policy) for policy in document["policies"]}
    groups = {group["name"]: build_group(group, policies) for group in document["apiGroups"]}
    unmatched = document.get("settings", {}).get("unmatched", "allow")
    router = Router(groups.values())
    return PolicySet(router, groups, policies, Unmatched(unmatched), revision="generated")


def build_policy(document: Document) -> Policy:
    """Compile one policy; ``allowedHttpProtocols`` defaults to all for brevity."""
    origins = document.get("allowedOrigins")
    methods = document.get("allowedMethods")
    protocols = document.get("allowedHttpProtocols", list(HttpProtocol))
    return Policy(
        name=document["name"],
        protocols=frozenset(HttpProtocol(protocol) for protocol in protocols),
        origins=OriginMatcher(parse_pattern(e) for e in (["*"] if origins is None else origins)),
        methods=Methods(None if methods is None else tuple(methods)),
        headers=build_header_names(document.get("allowedHeaders") or ()),
        exposed=build_header_names(document.get("exposedHeaders") or ()),
        max_age_s=document.get("maxAge", 900),
        credentials=document.get("allowCredentials", False),
        require_origin=document.get("requireOriginHeader", False),
        mode=Mode(document.get("mode", "enforce")),
        tags=MappingProxyType(dict(document.get("tags") or {})),
        acknowledged=frozenset(document.get("acknowledge") or ()),
    )


def build_header_names(entries: list[str] | tuple[str, ...]) -> HeaderNames:
    """Compile a list of header names; ``*`` is no name."""
    names = tuple(dict.fromkeys(entry.lower() for entry in entries if entry != "*"))
    return HeaderNames(names, wildcard="*" in entries)


def build_group(document: Document, policies: dict[str, Policy]) -> Group:
    """Compile one API group."""
    hosts, paths = document.get("hosts"), document.get("paths")
    return Group(
        name=document["name"],
        policies=tuple(policies[name] for name in document["policies"]),
        hosts=None if hosts is None else tuple(hosts),
        paths=None if paths is None else tuple(paths),
        evaluation=Evaluation(document.get("evaluation", "firstMatch")),
        same_origin=SameOrigin(document.get("sameOrigin", "allow")),
    )


def in_words(decision: Decision) -> Outcome:
    """A decision of the product as the naive decider would put it."""
    headers = {
        header.name: (_in_order(header.name, header.value), header.action.value)
        for header in decision.answer.headers
    }
    if len(headers) != len(decision.answer.headers):
        raise ValueError("an answer names one header twice")
    shadow = decision.shadow
    return Outcome(
        verdict=decision.verdict,
        kind=decision.kind,
        reason=decision.reason,
        group=decision.group,
        policy=decision.policy,
        tags=dict(decision.tags),
        mode=decision.mode,
        evaluated=tuple((e.policy, str(e.outcome)) for e in decision.evaluated),
        shadow=None if shadow is None else (shadow.verdict, shadow.reason, shadow.policy),
        requested_headers=decision.requested_headers,
        status=decision.answer.status,
        headers=headers,
    )


def _in_order(name: str, value: str) -> str:
    """The value of a list header with its elements sorted; their order means nothing."""
    if name not in _LIST_HEADERS:
        return value
    return ", ".join(sorted(set(value.split(", "))))
