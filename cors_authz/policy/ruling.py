"""A group's ruling on a request: what its policies say, turned into a verdict by kind and mode."""

from typing import NamedTuple

from cors_authz.policy.classify import Classified
from cors_authz.policy.decision import Evaluated
from cors_authz.policy.evaluate import Question, evaluate
from cors_authz.policy.group import Group
from cors_authz.policy.policy import Grants, Policy
from cors_authz.policy.terms import Kind, Mode, Reason, SameOrigin, Verdict


class Ruling(NamedTuple):
    """A verdict and what led to it."""

    verdict: Verdict
    reason: Reason
    mode: Mode | None = None
    policy: Policy | None = None
    evaluated: tuple[Evaluated, ...] = ()
    origin_grants: Grants | None = None
    """What may be told to the origin; ``None`` where the origin itself was not accepted."""


def rule(group: Group, classified: Classified) -> Ruling:
    """Rule on a request that belongs to ``group``, which has policies in force or none at all."""
    if classified.fault is not None:
        return Ruling(Verdict.DENY, classified.fault, Mode.ENFORCE)
    if classified.kind is Kind.NON_CORS:
        return _rule_without_origin(group, classified)
    if classified.kind is Kind.SAME_ORIGIN and group.same_origin is SameOrigin.ALLOW:
        return Ruling(Verdict.ALLOW, Reason.ALLOWED, group.fallback_mode)
    return _rule_by_policies(group, classified)


def _rule_without_origin(group: Group, classified: Classified) -> Ruling:
    """Require an Origin by policy, and where a browser sent one; the stricter mode counts."""
    policy = group.policy_requiring_origin
    if classified.origin_removed:
        mode = group.fallback_mode
        if policy is not None and policy.mode is not mode:
            policy = None
    elif policy is not None:
        mode = policy.mode
    else:
        return Ruling(Verdict.ALLOW, Reason.ALLOWED, group.fallback_mode)
    verdict = _refusal(mode, classified)
    return Ruling(verdict, Reason.ORIGIN_MISSING, mode, policy)


def _rule_by_policies(group: Group, classified: Classified) -> Ruling:
    request, origin = classified.request, classified.origin
    if origin is None:
        raise ValueError("only a request with an origin is put to the policies")
    method = request.method
    if classified.kind is Kind.PREFLIGHT:
        method = request.requested_method or method
    judgement = evaluate(
        group,
        Question(
            origin=origin,
            protocol=request.protocol,
            method=method,
            requested_headers=classified.requested_headers,
            handshake=classified.is_handshake,
        ),
    )
    allowed = judgement.reason is Reason.ALLOWED
    return Ruling(
        verdict=Verdict.ALLOW if allowed else _refusal(judgement.mode, classified),
        reason=judgement.reason,
        mode=judgement.mode,
        policy=judgement.policy,
        evaluated=judgement.evaluated,
        origin_grants=judgement.origin_grants,
    )


def _refusal(mode: Mode, classified: Classified) -> Verdict:
    """``headersOnly`` still answers preflights and refuses handshakes: no browser check follows."""
    if mode is Mode.HEADERS_ONLY and not (classified.asks_permission or classified.is_handshake):
        return Verdict.WITHHOLD
    return Verdict.DENY
