"""The whole decision, row by row, and what is true of every decision."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cors_authz.policy.decide import decide
from cors_authz.policy.decision import HeaderAction
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Kind, Reason, Verdict
from tests.policy.asking import PREFLIGHT, SHOP_ONLY, ask, one_group, outcome
from tests.policy.cross_origin_rows import ACTUAL_REQUESTS, HANDSHAKES, PREFLIGHTS
from tests.policy.decision_row import Row
from tests.policy.other_rows import GROUPS, MALFORMED, SAME_ORIGIN, WITHOUT_ORIGIN
from tests.reference.building import build_policy_set
from tests.reference.naive import Outcome
from tests.reference.strategies import Document, policy_sets, requests

ROWS = [
    *PREFLIGHTS,
    *ACTUAL_REQUESTS,
    *HANDSHAKES,
    *WITHOUT_ORIGIN,
    *SAME_ORIGIN,
    *MALFORMED,
    *GROUPS,
]


def decided(row: Row) -> Outcome:
    return outcome(one_group(*row.policies, **row.group), **row.fields)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_of_the_tables(row: Row) -> None:
    made = decided(row)

    assert f"{made.verdict} {made.kind} {made.reason}" == row.said
    assert (made.policy, made.mode) == (row.policy, row.mode)
    assert (made.status, made.headers) == row.answer


def test_the_rows_reach_every_verdict_kind_and_reason() -> None:
    made = [decided(row) for row in ROWS]

    assert {outcome.verdict for outcome in made} == set(Verdict)
    assert {outcome.kind for outcome in made} == set(Kind)
    assert {outcome.reason for outcome in made} == set(Reason) - {Reason.INTERNAL_ERROR}


def test_the_deciding_policy_gives_its_tags() -> None:
    policy_set = one_group(
        {"allowedOrigins": ["https://a.example"], "tags": {"team": "a"}},
        {"allowedOrigins": ["https://b.example"], "tags": {"team": "b"}},
    )

    assert outcome(policy_set, origin="https://b.example").tags == {"team": "b"}
    assert outcome(policy_set, origin="https://evil.net").tags == {}


@pytest.mark.parametrize(
    ("group", "fields"),
    [
        pytest.param({}, {}, id="in a group"),
        pytest.param({"paths": ["/other"]}, {}, id="outside groups"),
        pytest.param({}, {"group": "unknown"}, id="in an unknown group"),
        pytest.param({"paths": ["/orders"]}, {"path": "/a/..%2forders"}, id="ambiguous path"),
    ],
)
def test_what_a_preflight_asks_for_is_known_whatever_is_decided(
    group: Document, fields: dict[str, str | None]
) -> None:
    policy_set = one_group(SHOP_ONLY, **group)

    asked = outcome(policy_set, **PREFLIGHT, requested_headers="X-Two,x-one", **fields)

    assert asked.requested_headers == ("x-two", "x-one")


def test_a_group_without_report_only_policies_has_no_shadow() -> None:
    assert outcome(one_group(SHOP_ONLY, {"mode": "headersOnly"})).shadow is None


@pytest.mark.parametrize(
    ("fields", "shadow"),
    [
        pytest.param({}, ("allow", "allowed", "p1"), id="the same"),
        pytest.param({"origin": "https://b.example"}, ("allow", "allowed", "p2"), id="more"),
        pytest.param(
            {"origin": "https://b.example", "method": "PUT"},
            ("deny", "method_not_allowed", "p2"),
            id="another reason",
        ),
        pytest.param(
            {"origin": "https://c.example", "method": "PUT"},
            ("deny", "method_not_allowed", "p3"),
            id="what is withheld would be denied",
        ),
        pytest.param({"origin": None}, ("deny", "origin_missing", "p2"), id="no Origin"),
        pytest.param({"origin": "x"}, ("deny", "origin_malformed", None), id="malformed"),
        pytest.param(
            {"path": "/orders/..%2fother"}, ("deny", "path_ambiguous", None), id="ambiguous path"
        ),
        pytest.param({"path": "/other"}, None, id="outside the group"),
        pytest.param({"group": "unknown"}, None, id="in an unknown group"),
    ],
)
def test_the_shadow_is_the_decision_with_everything_enforced(
    fields: dict[str, str | None], shadow: tuple[str, str, str | None] | None
) -> None:
    policy_set = one_group(
        SHOP_ONLY,
        {
            "allowedOrigins": ["https://b.example"],
            "allowedMethods": ["GET"],
            "requireOriginHeader": True,
            "mode": "reportOnly",
        },
        {
            "allowedOrigins": ["https://c.example"],
            "allowedMethods": ["GET"],
            "mode": "headersOnly",
        },
        paths=["/orders"],
    )

    assert outcome(policy_set, **fields).shadow == shadow


def test_a_shadow_never_changes_the_decision() -> None:
    document = {"allowedOrigins": ["https://evil.net"], "mode": "reportOnly"}

    with_shadow = outcome(one_group(SHOP_ONLY, document), origin="https://evil.net")

    assert with_shadow.verdict == "deny"
    assert with_shadow.evaluated == (("p1", "origin_not_allowed"),)


@given(policy_sets(may_conflict=False), requests())
def test_what_is_sent_is_safe_whatever_the_request(document: Document, fields: Document) -> None:
    headers = decide(build_policy_set(document), Request(**fields)).answer.headers

    for header in headers:
        assert all(" " <= character <= "~" for character in header.value)
        if header.action is HeaderAction.NEUTRALISE:
            assert header.value == ""
        else:
            assert header.value


HOSTILE = {
    "long": "x" * 60_000,
    "commas": "," * 60_000,
    "dots": "a." * 30_000,
    "separators": "/%2f%5c\\" * 7_500,
    "up": "/.." * 20_000,
    "line feed": "\r\nset-cookie: a=b",
    "NUL": "\0",
    "beyond ASCII": "\u212a\U0001f600",
}


@settings(max_examples=50)
@given(policy_sets(may_conflict=False), requests(), st.sampled_from(sorted(HOSTILE)))
def test_hostile_texts_never_raise(document: Document, fields: Document, hostile: str) -> None:
    policy_set = build_policy_set(document)

    for name in fields:
        decision = decide(policy_set, Request(**{**fields, name: HOSTILE[hostile]}))
        assert decision.answer.status in {None, 204, 403}


def test_the_same_request_gives_the_same_decision() -> None:
    policy_set = one_group(SHOP_ONLY)

    assert decide(policy_set, ask()) == decide(policy_set, ask())
