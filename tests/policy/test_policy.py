"""A policy and what it grants, alone and together with others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.header_names import HeaderNames
from cors_authz.policy.origin import parse_origin
from cors_authz.policy.policy import Grants, Methods, intersect_grants
from tests.reference.building import build_policy

METHODS = ("GET", "HEAD", "POST", "get", "*")
METHOD_SETS = st.builds(
    Methods, st.none() | st.lists(st.sampled_from(METHODS), unique=True).map(tuple)
)
NO_NAMES = HeaderNames()


@pytest.mark.parametrize(
    ("listed", "method", "allowed"),
    [
        (None, "ANYTHING", True),
        (("GET",), "GET", True),
        (("GET",), "HEAD", True),
        (("HEAD",), "GET", False),
        (("get",), "GET", False),
        (("get",), "HEAD", False),
        (("GET",), "get", False),
        (("POST",), "HEAD", False),
        ((), "GET", False),
        pytest.param(("*",), "PUT", False, id="a star is a method like any other"),
    ],
)
def test_methods_are_case_sensitive_and_head_goes_with_get(
    listed: tuple[str, ...] | None, method: str, *, allowed: bool
) -> None:
    assert Methods(listed).allow(method) is allowed


@pytest.mark.parametrize(
    ("listed", "announced"),
    [
        (("GET", "PUT"), ("GET", "HEAD", "PUT")),
        (("HEAD", "GET"), ("HEAD", "GET")),
        (("PUT",), ("PUT",)),
    ],
)
def test_head_is_announced_beside_get(listed: tuple[str, ...], announced: tuple[str, ...]) -> None:
    assert Methods(listed).listed == announced


@given(METHOD_SETS, METHOD_SETS, st.sampled_from([*METHODS, "PUT"]))
def test_an_intersection_allows_what_both_allow(one: Methods, other: Methods, method: str) -> None:
    assert one.intersect(other).allow(method) == (one.allow(method) and other.allow(method))


def test_common_grants_are_the_narrowest_of_each() -> None:
    wide = Grants(
        any_origin=True,
        credentials=True,
        methods=Methods(None),
        headers=HeaderNames(wildcard=True),
        exposed=HeaderNames(wildcard=True),
        max_age_s=900,
    )
    narrow = Grants(
        any_origin=False,
        credentials=False,
        methods=Methods(("PUT",)),
        headers=HeaderNames(("authorization", "x-one")),
        exposed=HeaderNames(("x-two",)),
        max_age_s=5,
    )
    common = Grants(
        any_origin=False,
        credentials=False,
        methods=Methods(("PUT",)),
        headers=HeaderNames(("x-one",)),
        exposed=HeaderNames(("x-two",)),
        max_age_s=5,
    )

    assert intersect_grants([wide, narrow]) == common
    assert intersect_grants([narrow, wide]) == common
    assert intersect_grants([narrow]) == narrow


@pytest.mark.parametrize(
    ("origins", "accepts_strangers"),
    [
        pytest.param(None, True, id="unset"),
        pytest.param(["*"], True, id="star"),
        pytest.param(["https://shop.example.com", "*"], True, id="star beside others"),
        pytest.param(["~.*"], True, id="regex for everything"),
        pytest.param(["~https://.*"], True, id="regex for https"),
        pytest.param(["~http://.*"], True, id="regex for http"),
        pytest.param([r"~https://[a-z0-9.-]+\.com"], True, id="regex for a top level domain"),
        pytest.param([r"~https://.+\.co\.uk"], True, id="regex for a public suffix"),
        pytest.param(["https://*.com"], True, id="wildcard over a top level domain"),
        pytest.param(["https://*.com:*"], True, id="wildcard and any port"),
        pytest.param(["https://shop.example.com"], False, id="exact"),
        pytest.param(["https://*.shop.example.com"], False, id="own subdomains"),
        pytest.param([r"~https://.*\.shop\.example"], False, id="regex for own subdomains"),
        pytest.param(["http://localhost:*"], False, id="any port"),
        pytest.param(["null"], False, id="null"),
        pytest.param([], False, id="nobody"),
    ],
)
def test_handshakes_need_an_acknowledgement_where_strangers_are_accepted(
    origins: list[str] | None, *, accepts_strangers: bool
) -> None:
    document = {"name": "p", "allowedOrigins": origins}

    policy = build_policy(document)
    acknowledging = build_policy({**document, "acknowledge": ["websocket-any-origin"]})

    assert policy.accepts_unrelated_sites() is accepts_strangers
    assert policy.accepts_handshakes is not accepts_strangers
    assert acknowledging.accepts_handshakes


def test_another_acknowledgement_is_none() -> None:
    assert not build_policy({"name": "p", "acknowledge": ["null-origin"]}).accepts_handshakes


@pytest.mark.parametrize(
    ("origin", "plain", "handshake"),
    [("https://a.example", True, False), ("null", True, False)],
)
def test_a_policy_for_everybody_accepts_requests_and_no_handshakes(
    origin: str, *, plain: bool, handshake: bool
) -> None:
    policy, parsed = build_policy({"name": "p"}), parse_origin(origin)
    assert parsed is not None

    assert policy.accepts_origin(parsed, handshake=False) is plain
    assert policy.accepts_origin(parsed, handshake=True) is handshake


def test_a_policy_allows_little_unless_told() -> None:
    grants = build_policy({"name": "p"}).grants

    assert grants == Grants(
        any_origin=True,
        credentials=False,
        methods=Methods(None),
        headers=NO_NAMES,
        exposed=NO_NAMES,
        max_age_s=900,
    )
