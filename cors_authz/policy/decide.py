"""The decision about one request: group, kind, verdict, answer, in this order."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cors_authz.policy import answer
from cors_authz.policy.authority import parse_host_header
from cors_authz.policy.classify import Classified, classify
from cors_authz.policy.decision import Answer, Decision, Shadow
from cors_authz.policy.group import Group
from cors_authz.policy.path import strip_query
from cors_authz.policy.policy import Policy
from cors_authz.policy.request import Request
from cors_authz.policy.router import Route, Router
from cors_authz.policy.ruling import Ruling, rule
from cors_authz.policy.terms import Kind, Mode, Reason, Unmatched, Verdict

_NO_TAGS: Mapping[str, str] = MappingProxyType({})
_CROSS_ORIGIN_KINDS = frozenset({Kind.ACTUAL, Kind.WEBSOCKET})


@dataclass(frozen=True)
class PolicySet:
    """Everything that decisions depend on."""

    router: Router
    groups: Mapping[str, Group]
    """By name, in the order of the documents."""
    policies: Mapping[str, Policy]
    """By name, in the order of the documents."""
    unmatched: Unmatched
    revision: str
    """A hash of the content that the set was made of."""


def decide(policy_set: PolicySet, request: Request) -> Decision:
    """Decide about one request. Pure: the same arguments always give the same decision."""
    return decide_at(policy_set, find_route(policy_set, request), request)


def find_route(policy_set: PolicySet, request: Request) -> Route:
    """Find the group of a request: the one that the Envoy route names, else by host and path.

    This is all that the path is for. There is no group where one is named that is not there.
    """
    if request.group is not None:
        return Route(policy_set.groups.get(request.group))
    authority = parse_host_header(request.host)
    host = "" if authority is None else authority.host
    return policy_set.router.route(host, strip_query(request.path))


def decide_at(policy_set: PolicySet, route: Route, request: Request) -> Decision:
    """Decide about a request whose route was found; its path means nothing any more."""
    classified = classify(request)
    if route.group is None and request.group is not None:
        return _decide_in_unknown_group(classified)
    if _is_ambiguous(policy_set, route, classified):
        return _decide_ambiguous(route.group, classified)
    if route.group is None:
        return _decide_outside_groups(policy_set.unmatched, classified)
    return _decide_in_group(route.group, classified)


def _is_ambiguous(policy_set: PolicySet, route: Route, classified: Classified) -> bool:
    """Whether another reading of the path leads to a group that could decide otherwise.

    A request without Origin is concerned only where one was removed on the way, or where one
    of the groups requires one.
    """
    if not route.ambiguous_with:
        return False
    candidates = (route.group, *route.ambiguous_with)
    if all(_passes_untouched(policy_set, group) for group in candidates):
        return False
    return (
        classified.has_origin
        or classified.origin_removed
        or any(g is not None and g.policy_requiring_origin is not None for g in candidates)
    )


def _passes_untouched(policy_set: PolicySet, group: Group | None) -> bool:
    if group is None:
        return policy_set.unmatched is Unmatched.ALLOW
    return group.passes_untouched


def _decide_ambiguous(group: Group | None, classified: Classified) -> Decision:
    """Deny because of the path, whatever the modes: a dry run would come to the same."""
    mode = None if group is None else Mode.ENFORCE
    ruling = Ruling(Verdict.DENY, Reason.PATH_AMBIGUOUS, mode)
    shadow = None if group is None or group.shadow is None else _as_shadow(ruling)
    return _conclude(classified, group, ruling, shadow)


def _decide_in_unknown_group(classified: Classified) -> Decision:
    """The route names a group that does not exist: only what is not cross-origin passes."""
    passes = classified.kind is Kind.SAME_ORIGIN or (
        classified.kind is Kind.NON_CORS and not classified.origin_removed
    )
    verdict = Verdict.ALLOW if passes else Verdict.DENY
    return _conclude(classified, None, Ruling(verdict, classified.fault or Reason.GROUP_UNKNOWN))


def _decide_outside_groups(unmatched: Unmatched, classified: Classified) -> Decision:
    """What belongs to no group is not ours to judge; a host that is none may hide a group."""
    if classified.authority is None:
        ruling = Ruling(Verdict.DENY, classified.fault or Reason.REQUEST_MALFORMED)
        return _conclude(classified, None, ruling)
    if unmatched is Unmatched.DENY:
        return _conclude(classified, None, Ruling(Verdict.DENY, Reason.NO_GROUP))
    ruling = Ruling(Verdict.ALLOW, Reason.NO_GROUP)
    return _conclude(classified, None, ruling, untouched=True)


def _decide_in_group(group: Group, classified: Classified) -> Decision:
    shadow = None if group.shadow is None else _as_shadow(rule(group.shadow, classified))
    if not group.passes_untouched:
        return _conclude(classified, group, rule(group, classified), shadow)
    ruling = Ruling(Verdict.ALLOW, Reason.ALLOWED, Mode.REPORT_ONLY)
    return _conclude(classified, group, ruling, shadow, untouched=True)


def _as_shadow(ruling: Ruling) -> Shadow:
    policy = ruling.policy
    return Shadow(ruling.verdict, ruling.reason, None if policy is None else policy.name)


def _conclude(
    classified: Classified,
    group: Group | None,
    ruling: Ruling,
    shadow: Shadow | None = None,
    *,
    untouched: bool = False,
) -> Decision:
    policy = ruling.policy
    return Decision(
        verdict=ruling.verdict,
        kind=classified.kind,
        reason=ruling.reason,
        group=None if group is None else group.name,
        policy=None if policy is None else policy.name,
        tags=_NO_TAGS if policy is None else policy.tags,
        mode=ruling.mode,
        evaluated=ruling.evaluated,
        shadow=shadow,
        requested_headers=classified.requested_headers,
        answer=answer.UNTOUCHED if untouched else _answer(classified, ruling),
    )


def _answer(classified: Classified, ruling: Ruling) -> Answer:
    if ruling.verdict is Verdict.DENY:
        return _denial(classified, ruling)
    grants, origin = ruling.origin_grants, classified.origin
    if ruling.verdict is Verdict.WITHHOLD or grants is None or origin is None:
        return answer.UNGRANTED
    if classified.kind is Kind.PREFLIGHT:
        return answer.preflight_granted(
            origin, grants, classified.request.requested_method or "", classified.requested_headers
        )
    if classified.kind in _CROSS_ORIGIN_KINDS:
        return answer.granted(origin, grants)
    return answer.UNGRANTED


def _denial(classified: Classified, ruling: Ruling) -> Answer:
    if classified.kind is Kind.PREFLIGHT:
        return answer.PREFLIGHT_DENIED
    grants, origin = ruling.origin_grants, classified.origin
    if classified.kind in _CROSS_ORIGIN_KINDS and grants is not None and origin is not None:
        return answer.denied_readably(origin, grants)
    return answer.DENIED
