"""The whole explanation of a page's request: the preflight before it, itself, the browser."""

from collections.abc import Mapping
from dataclasses import dataclass

from cors_authz.policy import browser
from cors_authz.policy.browser import BrowserVerdict, BrowserView, PageRequest
from cors_authz.policy.classify import classify
from cors_authz.policy.decide import PolicySet, decide
from cors_authz.policy.decision import Decision
from cors_authz.policy.explain.inquiry import Inquiry
from cors_authz.policy.explain.routing import Routing, explain_routing
from cors_authz.policy.explain.verdicts import PolicyVerdict, explain_policies
from cors_authz.policy.request import Request
from cors_authz.policy.safelist import SAFELISTED_METHODS
from cors_authz.policy.terms import Kind, Reason

_CHECKED_KINDS = frozenset({Kind.ACTUAL, Kind.MALFORMED})
_CHECKED_MODES = (None, "cors")
_PREFLIGHT_KINDS = frozenset({Kind.PREFLIGHT, Kind.MALFORMED})
_UNCHECKED_KINDS: Mapping[Kind, str] = {
    Kind.SAME_ORIGIN: "The request is same-origin, so browsers make no CORS check.",
    Kind.NON_CORS: "The request has no Origin, so browsers make no CORS check.",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One request with its decision, and why it came out as it did."""

    request: Request
    decision: Decision
    routing: Routing
    policies: tuple[PolicyVerdict, ...]
    """Every policy of the group, in its order; empty outside groups."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An inquiry with everything that follows from it."""

    inquiry: Inquiry
    asks_first: str
    """Why a browser sends a preflight before the request; empty where it sends none."""
    preflight: Explanation | None
    """Where a browser sends one, or it was asked for."""
    request: Explanation | None
    """``None`` where the preflight alone was asked for."""
    browser: BrowserView
    other_credentials: BrowserView | None
    """The browser's view if credentials were included (or not), where it differs."""


def explain(policy_set: PolicySet, inquiry: Inquiry) -> Explained:
    """Explain what becomes of a page's request. Pure."""
    request = inquiry.request
    # A preflight goes the way of its request: same host, same path, same group named.
    routing = explain_routing(policy_set, request)
    actual = _explain_request(policy_set, request, routing)
    if actual.decision.kind in _PREFLIGHT_KINDS and classify(request).asks_permission:
        return _explain_given_preflight(inquiry, actual)
    page = PageRequest(
        request.method, request.origin or "", inquiry.unsafe_names, inquiry.credentials
    )
    asks_first = _asks_first(page, actual)
    preflight = None
    if asks_first or inquiry.preflight:
        preflight = _explain_request(policy_set, inquiry.as_preflight(), routing)
    return _finish(inquiry, page, asks_first, preflight, None if inquiry.preflight else actual)


def _explain_given_preflight(inquiry: Inquiry, preflight: Explanation) -> Explained:
    """The inquiry is a preflight itself: the request that follows is not known."""
    page = PageRequest(
        method=inquiry.request.requested_method or "",
        origin=inquiry.request.origin or "",
        unsafe_names=preflight.decision.requested_headers,
        credentials=inquiry.credentials,
    )
    return _finish(inquiry, page, "it is a preflight itself", preflight, None)


def _explain_request(policy_set: PolicySet, request: Request, routing: Routing) -> Explanation:
    decision = decide(policy_set, request)
    group = None if decision.group is None else policy_set.groups[decision.group]
    return Explanation(
        request=request,
        decision=decision,
        routing=routing,
        policies=()
        if group is None or decision.reason is Reason.PATH_AMBIGUOUS
        else explain_policies(group, classify(request), decision),
    )


def _asks_first(page: PageRequest, actual: Explanation) -> str:
    crosses = (
        actual.decision.kind in _CHECKED_KINDS
        and actual.request.sec_fetch_mode in _CHECKED_MODES
        and bool(page.origin)
    )
    if not crosses or not page.needs_preflight:
        return ""
    reasons = []
    if page.method not in SAFELISTED_METHODS:
        reasons.append(f"{page.method} is no safelisted method")
    if page.unsafe_names:
        reasons.append(f"{', '.join(page.unsafe_names)} must be asked for")
    return " and ".join(reasons)


def _finish(
    inquiry: Inquiry,
    page: PageRequest,
    asks_first: str,
    preflight: Explanation | None,
    actual: Explanation | None,
) -> Explained:
    view = _view(page, preflight, actual)
    swapped = PageRequest(page.method, page.origin, page.unsafe_names, not page.credentials)
    other = _view(swapped, preflight, actual)
    return Explained(
        inquiry=inquiry,
        asks_first=asks_first,
        preflight=preflight,
        request=actual,
        browser=view,
        other_credentials=other if other.verdict is not view.verdict else None,
    )


def _view(
    page: PageRequest, preflight: Explanation | None, actual: Explanation | None
) -> BrowserView:
    first = preflight or actual
    if first is None:
        raise ValueError("there is neither a preflight nor a request")
    if first.decision.kind in _UNCHECKED_KINDS:
        return BrowserView(BrowserVerdict.UNCHECKED, _UNCHECKED_KINDS[first.decision.kind])
    if preflight is not None:
        view = browser.check_preflight(page, preflight.decision.answer)
        if actual is None or view.verdict is not BrowserVerdict.SENT:
            return view
        first = actual
    if first.decision.kind is Kind.WEBSOCKET:
        return browser.check_handshake(first.decision.answer)
    if first.request.sec_fetch_mode not in _CHECKED_MODES:
        message = "In this Sec-Fetch-Mode browsers make no CORS check."
        return BrowserView(BrowserVerdict.UNCHECKED, message)
    return browser.check_response(page, first.decision.answer)
