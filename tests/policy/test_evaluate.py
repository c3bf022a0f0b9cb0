"""How a group's ordered policies combine: firstMatch, all, and mixed modes."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.policy.asking import HANDSHAKE, PREFLIGHT, SHOP, one_group, outcome
from tests.policy.decision_row import DENIED, denied_readably, granted
from tests.reference.strategies import HEADER_NAMES, METHODS

Document = dict[str, Any]


def policy(origin: str = "*", *methods: str, mode: str = "enforce") -> Document:
    """A policy for one origin and some methods; none named, all of them."""
    document: Document = {"allowedOrigins": [origin], "mode": mode}
    return {**document, "allowedMethods": list(methods)} if methods else document


def test_under_first_match_the_first_policy_that_accepts_the_origin_decides_alone() -> None:
    policy_set = one_group(policy("https://a.example"), policy(SHOP, "GET"), policy(SHOP, "PUT"))

    made = outcome(policy_set, method="PUT")

    assert (made.verdict, made.reason, made.policy) == ("deny", "method_not_allowed", "p2")
    assert made.evaluated == (("p1", "origin_not_allowed"), ("p2", "method_not_allowed"))


def test_under_first_match_only_the_deciding_policy_grants() -> None:
    first = {**policy(SHOP), "exposedHeaders": ["x-one"]}
    second = {**policy(SHOP), "allowCredentials": True, "exposedHeaders": ["x-two"]}

    made = outcome(one_group(first, second))

    assert (made.status, made.headers) == granted(expose_headers="x-one")


@pytest.mark.parametrize(
    ("modes", "verdict", "mode"),
    [
        (("enforce", "headersOnly"), "deny", "enforce"),
        (("headersOnly", "enforce"), "deny", "enforce"),
        (("headersOnly", "headersOnly"), "withhold", "headersOnly"),
        (("headersOnly", "reportOnly"), "withhold", "headersOnly"),
    ],
)
def test_under_first_match_a_denial_by_nobody_is_enforced_unless_all_are_headers_only(
    modes: tuple[str, ...], verdict: str, mode: str
) -> None:
    policies = [policy("https://a.example", mode=m) for m in modes]

    made = outcome(one_group(*policies))

    assert (made.verdict, made.reason, made.policy) == (verdict, "origin_not_allowed", None)
    assert made.mode == mode


@pytest.mark.parametrize(
    ("origin", "verdict", "mode"),
    [
        ("https://strict.example", "deny", "enforce"),
        ("https://soft.example", "withhold", "headersOnly"),
        ("https://dry.example", "deny", "enforce"),
    ],
)
def test_under_first_match_a_denial_takes_the_mode_of_its_policy(
    origin: str, verdict: str, mode: str
) -> None:
    policy_set = one_group(
        policy("https://dry.example", "GET", mode="reportOnly"),
        policy("https://soft.example", "GET", mode="headersOnly"),
        policy("https://strict.example", "GET"),
    )

    made = outcome(policy_set, origin=origin, method="PUT")

    assert (made.verdict, made.mode) == (verdict, mode)


def test_under_all_every_policy_is_evaluated_and_the_first_denial_ends_it() -> None:
    policies = [policy(), policy(SHOP, "GET"), policy("https://a.example"), policy()]

    made = outcome(one_group(*policies, evaluation="all"), method="PUT")

    assert (made.verdict, made.reason, made.policy) == ("deny", "method_not_allowed", "p2")
    assert made.evaluated == (("p1", "allowed"), ("p2", "method_not_allowed"))


def test_under_all_an_allowance_is_everybodys() -> None:
    made = outcome(one_group(policy(), policy(SHOP), evaluation="all"))

    assert (made.verdict, made.reason, made.policy, made.tags) == ("allow", "allowed", None, {})
    assert made.evaluated == (("p1", "allowed"), ("p2", "allowed"))


@pytest.mark.parametrize(
    ("modes", "verdict", "policy_name", "mode", "asked"),
    [
        pytest.param("hh", "withhold", "p1", "headersOnly", 2, id="the first of the soft ones"),
        pytest.param("he", "deny", "p2", "enforce", 2, id="evaluation goes on after a soft one"),
        pytest.param("eh", "deny", "p1", "enforce", 1, id="a hard one ends it"),
        pytest.param("rh", "withhold", "p2", "headersOnly", 1, id="dry runs are taken out"),
        pytest.param("hr", "withhold", "p1", "headersOnly", 1, id="wherever they stand"),
    ],
)
def test_under_all_modes_may_be_mixed(
    modes: str, verdict: str, policy_name: str, mode: str, asked: int
) -> None:
    names = {"h": "headersOnly", "e": "enforce", "r": "reportOnly"}
    policies = [policy(SHOP, "GET", mode=names[letter]) for letter in modes]

    made = outcome(one_group(*policies, evaluation="all"), method="PUT")

    assert (made.verdict, made.policy, made.mode) == (verdict, policy_name, mode)
    assert len(made.evaluated) == asked


@pytest.mark.parametrize("fields", [PREFLIGHT, HANDSHAKE], ids=["preflight", "handshake"])
def test_under_all_a_soft_denial_still_refuses_preflights_and_handshakes(
    fields: dict[str, str | None],
) -> None:
    policies = [policy(SHOP), policy("https://a.example", mode="headersOnly")]

    made = outcome(one_group(*policies, evaluation="all"), **fields)

    assert (made.verdict, made.policy, made.mode) == ("deny", "p2", "headersOnly")


@pytest.mark.parametrize(
    ("policies", "answer"),
    [
        pytest.param([policy(SHOP, "GET"), policy(SHOP)], denied_readably(), id="by both"),
        pytest.param([policy("*", "GET"), policy()], denied_readably("*"), id="by everybody"),
        pytest.param([policy("*", "GET"), policy(SHOP)], denied_readably(), id="by one narrowly"),
        pytest.param([policy(SHOP, "GET"), policy("https://a.example")], DENIED, id="by one"),
    ],
)
def test_under_all_a_denial_is_readable_where_every_policy_accepts_the_origin(
    policies: list[Document], answer: tuple[int, Document]
) -> None:
    made = outcome(one_group(*policies, evaluation="all"), method="PUT")

    assert made.reason == "method_not_allowed"
    assert (made.status, made.headers) == answer


POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "allowedMethods": st.lists(st.sampled_from(METHODS), min_size=1, unique=True),
        "allowedHeaders": st.lists(st.sampled_from(HEADER_NAMES), unique=True),
        "allowCredentials": st.booleans(),
        "maxAge": st.integers(0, 86400),
    },
)
GROUPS = st.lists(POLICIES, min_size=1, max_size=3)
ASKED = st.lists(st.sampled_from([*HEADER_NAMES, "x-three"]), max_size=3, unique=True)


def takes(headers: dict[str, tuple[str, str]], what: str, name: str) -> bool:
    """Whether a browser takes a method or header for announced (Fetch standard 4.8)."""
    listed = headers.get(f"access-control-allow-{what}", ("", ""))[0].split(", ")
    literal = "access-control-allow-credentials" in headers
    return name in listed or ("*" in listed and not literal and name != "authorization")


ANY_METHOD = st.sampled_from([*METHODS, "PATCH"])
ANY_NAME = st.sampled_from(["authorization", "content-type", "x-one", "x-two", "x-three"])
EVALUATION = st.sampled_from(["all", "firstMatch"])


ASKED_PREFLIGHTS = st.fixed_dictionaries(
    {
        "method": st.just("OPTIONS"),
        "requested_method": ANY_METHOD,
        "requested_headers": ASKED.map(",".join),
    }
)


@given(GROUPS, EVALUATION, ASKED_PREFLIGHTS, ANY_METHOD, ANY_NAME)
def test_whatever_a_preflight_announces_is_allowed(
    policies: list[Document], evaluation: str, asked: Document, method: str, name: str
) -> None:
    policy_set = one_group(*policies, evaluation=evaluation)

    headers = outcome(policy_set, **asked).headers

    if takes(headers, "methods", method):
        assert outcome(policy_set, **{**asked, "requested_method": method}).status == 204
        assert outcome(policy_set, method=method).verdict == "allow"
    if takes(headers, "headers", name):
        assert outcome(policy_set, **{**asked, "requested_headers": name}).status == 204


@given(GROUPS, EVALUATION, ASKED_PREFLIGHTS, ANY_METHOD, ANY_NAME)
def test_whatever_is_allowed_is_announced(
    policies: list[Document], evaluation: str, asked: Document, method: str, name: str
) -> None:
    policy_set = one_group(*policies, evaluation=evaluation)

    made = outcome(policy_set, **asked)
    assume(made.status == 204)

    assert takes(made.headers, "methods", asked["requested_method"])
    assert all(takes(made.headers, "headers", each) for each in made.requested_headers)
    if "access-control-allow-credentials" not in made.headers:
        also = outcome(policy_set, **{**asked, "requested_method": method})
        assert takes(made.headers, "methods", method) == (also.status == 204)
        also = outcome(policy_set, **{**asked, "requested_headers": name})
        assert takes(made.headers, "headers", name) == (also.status == 204)
