"""Explanations agree with the decision, on generated policy sets and requests."""

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from cors_authz.policy.browser import BrowserVerdict
from cors_authz.policy.decide import decide
from cors_authz.policy.explain import Explanation, Inquiry, explain, explained_members
from cors_authz.policy.request import Request
from cors_authz.policy.router import Router
from cors_authz.policy.terms import Kind, Mode, Verdict
from tests.reference.building import build_policy_set
from tests.reference.naive_routing import conflicts
from tests.reference.strategies import policy_sets, requests

Document = dict[str, Any]

HEADERS = st.lists(
    st.tuples(st.sampled_from(["authorization", "x-one", "x-two", "content-type"]), st.just("")),
    max_size=3,
    unique=True,
).map(tuple)


@given(policy_sets(), requests(), HEADERS, st.tuples(st.booleans(), st.booleans()))
def test_every_request_can_be_explained_and_none_otherwise_than_decided(
    document: Document,
    asked: Document,
    headers: tuple[tuple[str, str], ...],
    flags: tuple[bool, bool],
) -> None:
    assume(not conflicts(document))
    policy_set = build_policy_set(document)
    inquiry = Inquiry(Request(**asked), headers, *flags)
    explained = explain(policy_set, inquiry)
    json.dumps(explained_members(explained))
    for explanation in (explained.preflight, explained.request):
        if explanation is None:
            continue
        decision = decide(policy_set, explanation.request)
        assert explanation.decision == decision
        assert explanation.routing.group == decision.group
        asked_policies = [e.policy for e in decision.evaluated]
        told = {verdict.policy: verdict for verdict in explanation.policies}
        for evaluated in decision.evaluated:
            assert told[evaluated.policy].outcome is evaluated.outcome
        for verdict in explanation.policies:
            if verdict.mode is not Mode.REPORT_ONLY and verdict.policy not in asked_policies:
                assert verdict.outcome is None


@given(policy_sets(), requests())
def test_whoever_lost_first_would_win_without_the_winner(
    document: Document, asked: Document
) -> None:
    assume(not conflicts(document))
    policy_set = build_policy_set(document)
    explained = explain(policy_set, Inquiry(Request(**{**asked, "group": None})))
    for explanation in (explained.preflight, explained.request):
        if explanation is None or explanation.routing.group is None:
            continue
        routing = explanation.routing
        without = [g for g in policy_set.groups.values() if g.name != routing.group]
        runner_up = Router(without).route(routing.host, routing.path).group
        assert [claim.group for claim in routing.lost[:1]] == (
            [] if runner_up is None else [runner_up.name]
        )


@given(policy_sets(), requests(), HEADERS, st.booleans())
def test_a_browser_sends_and_reads_exactly_what_is_allowed(
    document: Document, asked: Document, headers: tuple[tuple[str, str], ...], flag: Any
) -> None:
    """What is announced is what is enforced, seen through the eyes of a browser."""
    assume(not conflicts(document))
    policy_set = build_policy_set(document)
    request = Request(**{**asked, "requested_method": None, "requested_headers": None})
    explained = explain(policy_set, Inquiry(request, headers, credentials=flag))
    preflight, actual = explained.preflight, explained.request
    assert actual is not None
    if preflight is not None and preflight.decision.kind is Kind.PREFLIGHT:
        refused = explained.browser.verdict is BrowserVerdict.NOT_SENT
        assert refused is not (
            preflight.decision.verdict is Verdict.ALLOW
            and (
                not flag or _grants_credentials(preflight) or not preflight.decision.answer.headers
            )
        )
        if preflight.decision.answer.status == 204:
            assert actual.decision.verdict is Verdict.ALLOW
    if explained.browser.verdict is BrowserVerdict.READABLE:
        assert actual.decision.verdict is not Verdict.WITHHOLD
        assert not flag or _grants_credentials(actual)
    if actual.decision.verdict is Verdict.WITHHOLD and actual.decision.kind is Kind.ACTUAL:
        assert explained.browser.verdict in (
            BrowserVerdict.BLOCKED,
            BrowserVerdict.NOT_SENT,
            BrowserVerdict.UNCHECKED,
        )


def _grants_credentials(explanation: Explanation) -> bool:
    headers = explanation.decision.answer.headers
    return any((h.name, h.value) == ("access-control-allow-credentials", "true") for h in headers)
