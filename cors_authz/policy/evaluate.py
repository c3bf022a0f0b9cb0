"""How a group's ordered policies judge a request that has an Origin."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cors_authz.policy.decision import Evaluated
from cors_authz.policy.group import Group
from cors_authz.policy.origin import Origin
from cors_authz.policy.policy import Grants, Policy
from cors_authz.policy.terms import Evaluation, Mode, Reason


class Question(NamedTuple):
    """What the policies are asked."""

    origin: Origin
    protocol: str
    method: str
    """The requested method of a preflight, else the request's own."""
    requested_headers: tuple[str, ...]
    """The names a preflight asks for; empty for every other kind."""
    handshake: bool


class Judgement(NamedTuple):
    """What came of it, before modes are turned into a verdict for one kind of request."""

    reason: Reason
    mode: Mode
    """The mode in which ``reason`` takes effect."""
    policy: Policy | None
    """The policy that decided alone."""
    evaluated: tuple[Evaluated, ...]
    origin_grants: Grants | None
    """What may be told to the origin; ``None`` where the origin itself was not accepted."""


def evaluate(group: Group, question: Question) -> Judgement:
    """Judge a question by the policies of a group that are in force."""
    return _EVALUATIONS[group.evaluation](group, question)


def _first_match(group: Group, question: Question) -> Judgement:
    evaluated: list[Evaluated] = []
    for policy in group.in_force:
        outcome = _outcome(policy, question)
        evaluated.append(Evaluated(policy.name, outcome))
        if outcome is not Reason.ORIGIN_NOT_ALLOWED:
            return Judgement(outcome, policy.mode, policy, tuple(evaluated), policy.grants)
    return Judgement(Reason.ORIGIN_NOT_ALLOWED, group.fallback_mode, None, tuple(evaluated), None)


def _all(group: Group, question: Question) -> Judgement:
    grants = group.common_grants
    if grants is None:
        return Judgement(Reason.ORIGIN_NOT_ALLOWED, group.fallback_mode, None, (), None)
    evaluated: list[Evaluated] = []
    denials: list[tuple[Policy, Reason]] = []
    for policy in group.in_force:
        outcome = _outcome(policy, question)
        evaluated.append(Evaluated(policy.name, outcome))
        if outcome is not Reason.ALLOWED:
            denials.append((policy, outcome))
            if policy.mode is Mode.ENFORCE:
                break
    if not denials:
        return Judgement(Reason.ALLOWED, group.fallback_mode, None, tuple(evaluated), grants)
    policy, outcome = denials[-1] if denials[-1][0].mode is Mode.ENFORCE else denials[0]
    told = grants if _all_accept_origin(group.in_force, question) else None
    return Judgement(outcome, policy.mode, policy, tuple(evaluated), told)


_EVALUATIONS: dict[Evaluation, Callable[[Group, Question], Judgement]] = {
    Evaluation.FIRST_MATCH: _first_match,
    Evaluation.ALL: _all,
}


def _outcome(policy: Policy, question: Question) -> Reason:
    """What one policy says: origin, protocol, method, requested headers, in this order."""
    if not policy.accepts_origin(question.origin, handshake=question.handshake):
        return Reason.ORIGIN_NOT_ALLOWED
    if question.protocol not in policy.protocols:
        return Reason.PROTOCOL_NOT_ALLOWED
    if not policy.methods.allow(question.method):
        return Reason.METHOD_NOT_ALLOWED
    if not all(policy.headers.allows_requested(name) for name in question.requested_headers):
        return Reason.HEADER_NOT_ALLOWED
    return Reason.ALLOWED


def _all_accept_origin(policies: Sequence[Policy], question: Question) -> bool:
    return all(
        policy.accepts_origin(question.origin, handshake=question.handshake) for policy in policies
    )
