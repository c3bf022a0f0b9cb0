"""What is remembered of checks: never another decision than a fresh one, and never too much."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cors_authz._generated.ext_authz_pb2 import CheckResponse
from cors_authz.authz.check import MAX_REMEMBERED, MAX_REMEMBERED_CHARACTERS, Checker
from cors_authz.authz.incoming import Incoming
from cors_authz.authz.outgoing import prepare_response
from cors_authz.policy.decide import PolicySet, decide
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Reason, Verdict
from tests.docs.pages import ROOT, rows_of, section_of
from tests.policy.asking import SHOP_ONLY, ask, one_group
from tests.reference.building import build_policy_set
from tests.reference.naive_routing import conflicts
from tests.reference.strategies import crossings, policy_sets, requests

Document = dict[str, Any]

CROSSINGS = 40


def incoming(request: Request) -> Incoming:
    return Incoming(request, {}, "192.0.2.1", "")


def assert_decides_afresh(checker: Checker, policy_set: PolicySet, request: Request) -> None:
    checked = checker.check(incoming(request), "id-1")
    decision = decide(policy_set, request)
    assert checked.decision == decision
    fresh = prepare_response(decision, policy_set.revision).complete("id-1")
    assert CheckResponse.FromString(checked.response) == CheckResponse.FromString(fresh)


@given(policy_sets(), st.lists(requests(), min_size=2, max_size=6), st.integers(0, 1 << 16))
def test_what_is_remembered_is_what_would_be_decided(
    document: Document, asked: list[Document], seed: int
) -> None:
    if conflicts(document):
        return
    policy_set = build_policy_set(document)
    checker = Checker(policy_set)
    once = [Request(**request) for request in crossings(asked, seed, CROSSINGS)]
    for request in (*once, *once):
        assert_decides_afresh(checker, policy_set, request)


def two_groups() -> PolicySet:
    return build_policy_set(
        {
            "settings": {"unmatched": "allow"},
            "policies": [{"name": "shop", **SHOP_ONLY}, {"name": "all"}],
            "apiGroups": [
                {"name": "orders", "paths": ["/orders"], "policies": ["shop"]},
                {"name": "open", "paths": ["/open"], "policies": ["all"]},
            ],
        }
    )


def test_paths_differ_by_the_group_that_they_lead_to() -> None:
    policy_set = two_groups()
    checker = Checker(policy_set)
    origin = "https://other.example.net"
    paths = ["/orders", "/orders/1", "/open", "/open/1", "/elsewhere", "/orders%2f..%2fopen"]
    for path in (*paths, *paths):
        assert_decides_afresh(checker, policy_set, ask(path=path, origin=origin))
    reasons = [
        checker.check(incoming(ask(path=path, origin=origin)), None).decision.reason
        for path in paths
    ]
    assert reasons == [
        *(Reason.ORIGIN_NOT_ALLOWED, Reason.ORIGIN_NOT_ALLOWED),
        *(Reason.ALLOWED, Reason.ALLOWED),
        *(Reason.NO_GROUP, Reason.PATH_AMBIGUOUS),
    ]


def test_a_group_named_by_the_route_and_one_found_by_path_are_told_apart() -> None:
    policy_set = two_groups()
    checker = Checker(policy_set)
    for group in ("orders", "open", "nowhere", None, "orders", None):
        for path in ("/orders", "/elsewhere"):
            assert_decides_afresh(checker, policy_set, ask(path=path, group=group))


def test_the_same_decision_is_given_for_another_path_of_the_group() -> None:
    checker = Checker(one_group(SHOP_ONLY))
    first, second = (checker.check(incoming(ask(path=path)), None) for path in ("/1", "/2?a"))
    assert first.decision is second.decision


def remembered(checker: Checker, asked: Sequence[Request]) -> int:
    for request in asked:
        checker.check(incoming(request), None)
    return max(len(checker._known), len(checker._responses))


def test_a_flood_of_origins_makes_us_forget_and_nothing_grow() -> None:
    policy_set = one_group(SHOP_ONLY)
    checker = Checker(policy_set)
    flood = [ask(origin=f"https://{number}.example.net") for number in range(3 * MAX_REMEMBERED)]
    assert remembered(checker, flood[:MAX_REMEMBERED]) == MAX_REMEMBERED
    assert remembered(checker, flood) <= MAX_REMEMBERED
    assert_decides_afresh(checker, policy_set, ask())


def test_a_flood_of_origins_that_are_refused_is_answered_alike() -> None:
    checker = Checker(one_group(SHOP_ONLY))
    for number in range(50):
        checker.check(incoming(ask(origin=f"https://{number}.example.net")), None)
    assert len(checker._known) == 50
    assert len(checker._responses) == 1


def test_long_requests_are_not_remembered() -> None:
    checker = Checker(one_group(SHOP_ONLY))
    long = "x-a," * (MAX_REMEMBERED_CHARACTERS // 4)
    assert remembered(checker, [ask(requested_headers=long)]) == 0
    assert remembered(checker, [ask(path="/" + "a" * 5000)]) == 1


def test_ids_are_of_the_request_and_not_of_the_one_that_is_remembered() -> None:
    checker = Checker(one_group(SHOP_ONLY))
    asked = incoming(ask(origin="https://other.example.net"))
    for request_id in ("one", "a" * 128, None, "two"):
        checked = checker.check(asked, request_id)
        assert checked.decision.verdict is Verdict.DENY
        body = CheckResponse.FromString(checked.response).denied_response.body
        assert body == (
            '{"title": "The origin is not allowed", "status": 403,'
            ' "reason": "origin_not_allowed"'
            + ("}" if request_id is None else f', "requestId": "{request_id}"}}')
        )


def test_the_documentation_tells_the_bounds() -> None:
    rows = rows_of(section_of(ROOT / "docs/operations.md", "Bounds"))
    [value] = [row[1] for row in rows if row[0] == "decisions remembered by a worker"]
    assert value.startswith(f"{MAX_REMEMBERED:,}, ")
    assert f"{MAX_REMEMBERED_CHARACTERS:,} characters" in value
