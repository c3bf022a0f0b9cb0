"""What each policy of a group said of a request, and what it would take to accept it.

Outcomes come from the decision; here they are put into words, with the entry that
accepted the origin or the one that nearly did.
"""

from dataclasses import dataclass

from cors_authz.policy.classify import Classified
from cors_authz.policy.decision import Decision, Evaluated
from cors_authz.policy.group import Group
from cors_authz.policy.origin import Origin
from cors_authz.policy.pattern import ExactOrigin, OriginPattern, WildcardOrigin
from cors_authz.policy.policy import WEBSOCKET_ANY_ORIGIN, Policy
from cors_authz.policy.ruling import rule
from cors_authz.policy.terms import Evaluation, HttpProtocol, Kind, Mode, Reason

_MAX_LISTED = 12


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """One policy of the group, in the group's order."""

    policy: str
    mode: Mode
    outcome: Reason | None
    """``None`` where the policy was not asked. That of a ``reportOnly`` policy is from the
    second decision, in which it counts."""
    origin_entry: str | None
    """The entry of ``allowedOrigins`` that accepts the origin; ``*`` where there is no list."""
    remark: str


def explain_policies(
    group: Group, classified: Classified, decision: Decision
) -> tuple[PolicyVerdict, ...]:
    """Tell what each policy said."""
    asked = {evaluated.policy: evaluated for evaluated in decision.evaluated}
    shadow = group.shadow
    reported = {} if shadow is None else {e.policy: e for e in rule(shadow, classified).evaluated}
    return tuple(
        _explain_reporting(policy, classified, decision, reported.get(policy.name))
        if policy.mode is Mode.REPORT_ONLY
        else _explain_in_force(policy, group, classified, decision, asked.get(policy.name))
        for policy in group.policies
    )


def _explain_in_force(
    policy: Policy,
    group: Group,
    classified: Classified,
    decision: Decision,
    evaluated: Evaluated | None,
) -> PolicyVerdict:
    if evaluated is None:
        remark = _why_not_asked(policy, group, decision)
        return PolicyVerdict(policy.name, policy.mode, None, None, remark)
    return _explain_outcome(policy, classified, decision, evaluated.outcome)


def _explain_reporting(
    policy: Policy, classified: Classified, decision: Decision, evaluated: Evaluated | None
) -> PolicyVerdict:
    if evaluated is None:
        remark = "only reports, and was not asked in the second decision either"
        return PolicyVerdict(policy.name, policy.mode, None, None, remark)
    verdict = _explain_outcome(policy, classified, decision, evaluated.outcome)
    remark = f"only reports: {verdict.remark}"
    return PolicyVerdict(policy.name, policy.mode, verdict.outcome, verdict.origin_entry, remark)


def _explain_outcome(
    policy: Policy, classified: Classified, decision: Decision, outcome: Reason
) -> PolicyVerdict:
    origin = classified.origin
    entry = None if origin is None else _accepting_entry(policy, origin)
    match outcome:
        case Reason.ORIGIN_NOT_ALLOWED:
            remark = _origin_remark(policy, origin, entry)
        case Reason.PROTOCOL_NOT_ALLOWED:
            listed = [protocol.value for protocol in HttpProtocol if protocol in policy.protocols]
            remark = f"{classified.request.protocol or 'the protocol'} is not among {_list(listed)}"
        case Reason.METHOD_NOT_ALLOWED:
            remark = _method_remark(policy, _method(classified))
        case Reason.HEADER_NOT_ALLOWED:
            remark = _header_remark(policy, decision.requested_headers)
        case _:
            remark = f"accepts the origin by {entry}" if entry else "accepts"
    return PolicyVerdict(policy.name, policy.mode, outcome, entry, remark)


def _accepting_entry(policy: Policy, origin: Origin) -> str | None:
    return next((p.text for p in policy.origins.patterns if p.accepts(origin)), None)


def _origin_remark(policy: Policy, origin: Origin | None, entry: str | None) -> str:
    if entry is not None:
        return (
            "accepts about every origin, and therefore no handshake; "
            f"acknowledge {WEBSOCKET_ANY_ORIGIN} to accept it"
        )
    patterns = policy.origins.patterns
    if not patterns:
        return "its list of origins is empty"
    hint = next((hint for p in patterns if origin and (hint := _near_miss(p, origin))), None)
    return hint or f"no entry fits: {_list([pattern.text for pattern in patterns])}"


def _near_miss(pattern: OriginPattern, origin: Origin) -> str | None:
    """What keeps an entry from fitting that is meant for the same host."""
    if isinstance(pattern, ExactOrigin):
        wanted, host, port = pattern.origin.scheme, pattern.origin.host, pattern.origin.port
        same_host = host == origin.host
    elif isinstance(pattern, WildcardOrigin):
        wanted, host, port = pattern.scheme, pattern.host, pattern.port
        below = origin.host.endswith(f".{host}")
        if pattern.any_subdomain and origin.host == host:
            return f"{pattern.text} takes hosts below {host}, but not {host} itself"
        same_host = below if pattern.any_subdomain else origin.host == host
    else:
        return None
    if not same_host or origin.is_null:
        return None
    if wanted != origin.scheme:
        return f"{pattern.text} has the scheme {wanted}, the request {origin.scheme}"
    return (
        f"{pattern.text} has {_port_name(port)}, the request {_port_name(origin.port)}"
        if port != origin.port
        else None
    )


def _port_name(port: int | None) -> str:
    return "no port" if port is None else f"the port {port}"


def _method(classified: Classified) -> str:
    request = classified.request
    if classified.kind is Kind.PREFLIGHT:
        return request.requested_method or request.method
    return request.method


def _method_remark(policy: Policy, method: str) -> str:
    listed = policy.methods.listed or ()
    remark = f"{method} is not among {_list(listed)}"
    if method.upper() in listed:
        remark += "; methods are case-sensitive"
    return remark


def _header_remark(policy: Policy, requested: tuple[str, ...]) -> str:
    refused = [name for name in requested if not policy.headers.allows_requested(name)]
    names = policy.headers.names
    if policy.headers.wildcard:
        return f"{_list(refused)} is not covered by *; list it beside the *"
    return f"{_list(refused)} is not among {_list(names)}" if names else f"allows no {refused[0]}"


def _why_not_asked(policy: Policy, group: Group, decision: Decision) -> str:
    if not decision.evaluated:
        if decision.reason is Reason.ORIGIN_MISSING and decision.policy == policy.name:
            return "requires an Origin"
        if decision.kind in (Kind.NON_CORS, Kind.SAME_ORIGIN):
            return f"is not asked about {decision.kind} requests"
        return "is not asked, since the request is denied before"
    if group.evaluation is Evaluation.ALL:
        return "is not asked, since a denial ended the evaluation"
    return f"is not asked, since {decision.policy} accepts the origin and decides alone"


def _list(words: list[str] | tuple[str, ...]) -> str:
    more = len(words) - _MAX_LISTED
    listed = ", ".join(words[:_MAX_LISTED]) or "nothing"
    return f"{listed} and {more} more" if more > 0 else listed
