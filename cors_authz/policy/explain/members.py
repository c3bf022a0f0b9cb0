"""An explanation as the members of JSON objects. Names of headers only, never their values."""

from typing import Any

from cors_authz.policy.browser import BrowserView
from cors_authz.policy.decision import Answer, Decision
from cors_authz.policy.explain.explanation import Explained, Explanation
from cors_authz.policy.explain.routing import Claim, Routing
from cors_authz.policy.explain.verdicts import PolicyVerdict
from cors_authz.policy.path import strip_query
from cors_authz.policy.request import Request

Members = dict[str, Any]


def explained_members(explained: Explained) -> Members:
    """Everything that an explanation says, as JSON can hold it."""
    inquiry = explained.inquiry
    other = explained.other_credentials
    return {
        "needsPreflight": explained.asks_first or None,
        "headersToAskFor": list(inquiry.unsafe_names),
        "credentials": inquiry.credentials,
        "preflight": None if explained.preflight is None else _explanation(explained.preflight),
        "request": None if explained.request is None else _explanation(explained.request),
        "browser": _view(explained.browser),
        "browserOtherwise": None
        if other is None
        else {"credentials": not inquiry.credentials, **_view(other)},
    }


def answer_members(answer: Answer) -> Members:
    """An answer: ``status`` is null where the upstream's response goes on with the headers."""
    return {
        "status": answer.status,
        "headers": [
            {"name": h.name, "value": h.value, "action": h.action.value} for h in answer.headers
        ],
    }


def _explanation(explanation: Explanation) -> Members:
    return {
        **_request(explanation.request),
        "routing": _routing(explanation.routing),
        "policies": [_policy(verdict) for verdict in explanation.policies],
        **_decision(explanation.decision),
    }


def _request(request: Request) -> Members:
    return {
        "method": request.method,
        "scheme": request.scheme,
        "host": request.host,
        "path": strip_query(request.path),
        "protocol": request.protocol,
        "origin": request.origin,
        "requestedMethod": request.requested_method,
        "requestedHeaders": request.requested_headers,
    }


def _decision(decision: Decision) -> Members:
    shadow = decision.shadow
    return {
        "verdict": decision.verdict.value,
        "kind": decision.kind.value,
        "reason": decision.reason.value,
        "group": decision.group,
        "policy": decision.policy,
        "tags": dict(decision.tags),
        "mode": None if decision.mode is None else decision.mode.value,
        "shadow": None
        if shadow is None
        else {
            "verdict": shadow.verdict.value,
            "reason": shadow.reason.value,
            "policy": shadow.policy,
        },
        "answer": answer_members(decision.answer),
    }


def _routing(routing: Routing) -> Members:
    return {
        "outcome": routing.outcome.value,
        "host": routing.host,
        "path": routing.path,
        "group": routing.group,
        "hostEntry": routing.host_entry,
        "pathEntry": routing.path_entry,
        "why": routing.why,
        "lost": [_claim(claim) for claim in routing.lost],
        "near": [_claim(claim) for claim in routing.near],
        "ambiguousWith": list(routing.ambiguous_with),
    }


def _claim(claim: Claim) -> Members:
    return {
        "group": claim.group,
        "hostEntry": claim.host_entry,
        "pathEntry": claim.path_entry,
        "remark": claim.remark,
    }


def _policy(verdict: PolicyVerdict) -> Members:
    return {
        "policy": verdict.policy,
        "mode": verdict.mode.value,
        "outcome": None if verdict.outcome is None else verdict.outcome.value,
        "originEntry": verdict.origin_entry,
        "remark": verdict.remark,
    }


def _view(view: BrowserView) -> Members:
    return {
        "verdict": view.verdict.value,
        "objection": None if view.objection is None else view.objection.value,
        "message": view.message,
    }
