"""``cors-authz explain`` says of each case of the matrix what the browser then did."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cors_authz.config.load import load
from cors_authz.policy.browser import BrowserVerdict
from cors_authz.policy.decide import PolicySet
from cors_authz.policy.explain.explanation import Explained, explain
from cors_authz.policy.explain.inquiry import make_inquiry
from tests.browser import (
    test_credentials,
    test_failures,
    test_fetch,
    test_modes,
    test_null_origins,
    test_origins,
    test_requests,
    test_several,
)
from tests.browser.call import BLOCKED, Call
from tests.browser.expectation import Case, decided
from tests.browser.origins import TRANSPORTS, Transport

_CASES = [
    *test_fetch.METHODS,
    *test_fetch.REQUEST_HEADERS,
    *test_fetch.EXPOSED_HEADERS,
    *test_credentials.CREDENTIALS,
    *test_origins.ORIGINS,
    *test_null_origins.CASES,
    *test_several.FIRST_MATCH,
    *test_several.ALL,
    *test_modes.ENFORCE,
    *test_modes.HEADERS_ONLY,
    *test_modes.REPORT_ONLY,
    *test_failures.FROM_UPSTREAM,
    *test_failures.AFTER_PREFLIGHT,
]


def _questions() -> Iterator[tuple[Case, Transport]]:
    yield from ((case, transport) for case in _CASES for transport in TRANSPORTS)
    yield from test_requests.HTTP_VERSIONS


@pytest.fixture(scope="module")
def policy_set() -> PolicySet:
    loaded = load([Path(__file__).parent / "policies"]).loaded
    assert loaded is not None
    return loaded.policy_set


def _explain(policy_set: PolicySet, case: Case, call: Call, transport: Transport) -> Explained:
    origin = case.page.partition(" ")[0]
    inquiry = make_inquiry(
        transport.api + call.path,
        method=call.method,
        origin=origin,
        headers=call.headers,
        protocol=transport.protocol,
        credentials=call.credentials == "include",
    )
    return explain(policy_set, inquiry)


def _expected_verdict(case: Case) -> BrowserVerdict:
    if "shadow" in "".join(case.expected.decisions):
        return BrowserVerdict.UPSTREAM
    if case.expected.page != BLOCKED:
        return BrowserVerdict.READABLE
    asked_only = all(exchange.startswith("OPTIONS") for exchange in case.expected.network)
    return BrowserVerdict.NOT_SENT if asked_only else BrowserVerdict.BLOCKED


def _decisions(explained: Explained) -> tuple[str, ...]:
    """Of the exchanges that the browser comes to."""
    sent = explained.browser.verdict is not BrowserVerdict.NOT_SENT
    decisions = (
        explanation.decision
        for explanation in (explained.preflight, explained.request if sent else None)
        if explanation is not None
    )
    return tuple(
        decided(d.verdict, d.kind, d.reason, d.policy)
        + ("" if d.shadow is None else f", shadow {d.shadow.verdict}")
        for d in decisions
    )


@pytest.mark.parametrize(
    ("case", "transport"),
    list(_questions()),
    ids=lambda value: f"{value} {getattr(value, 'page', '')}",
)
def test_explain_foretells_the_browser(
    policy_set: PolicySet, case: Case, transport: Transport
) -> None:
    call = case.call
    if not isinstance(call, Call):
        pytest.fail("only calls of fetch can be explained")
    explained = _explain(policy_set, case, call, transport)
    assert explained.browser.verdict == _expected_verdict(case)
    assert _decisions(explained) == case.expected.decisions
