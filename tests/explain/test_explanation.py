"""Explanations tell what was decided, and what a page would experience."""

import json
from typing import Any

import pytest

from cors_authz.policy.browser import BrowserVerdict, Objection
from cors_authz.policy.decide import PolicySet, decide
from cors_authz.policy.explain import Explained, explain, explained_members, make_inquiry
from cors_authz.policy.explain.routing import RoutingOutcome
from cors_authz.policy.terms import Kind, Reason, Verdict
from tests.reference.building import build_policy_set

SHOP = "https://shop.example.com"
PARTNER = "https://partner.example.net"

DOCUMENT = {
    "policies": [
        {
            "name": "partner",
            "allowedOrigins": [PARTNER],
            "allowedMethods": ["GET"],
            "allowCredentials": True,
        },
        {
            "name": "storefront",
            "allowedOrigins": [SHOP, "https://*.shop.example.com", "http://localhost:*"],
            "allowedMethods": ["GET", "PUT"],
            "allowedHeaders": ["authorization"],
            "allowedHttpProtocols": ["HTTP/2"],
        },
        {"name": "anyone", "allowedHeaders": ["*"]},
        {"name": "next", "allowedOrigins": [PARTNER], "mode": "reportOnly"},
        {"name": "soft", "allowedOrigins": [PARTNER], "mode": "headersOnly"},
        {"name": "strict", "allowedOrigins": [SHOP], "requireOriginHeader": True},
    ],
    "apiGroups": [
        {
            "name": "orders",
            "hosts": ["api.example.com"],
            "paths": ["/orders"],
            "policies": ["partner", "storefront", "next"],
        },
        {
            "name": "exact",
            "hosts": ["api.example.com"],
            "paths": ["=/orders/1"],
            "policies": ["anyone"],
        },
        {
            "name": "versions",
            "hosts": ["api.example.com"],
            "paths": ["~/orders/[0-9]+", "~/.*/1"],
            "policies": ["anyone"],
        },
        {"name": "apex", "hosts": ["api.example.com"], "policies": ["anyone"]},
        {"name": "subdomains", "hosts": ["*.example.com"], "policies": ["anyone"]},
        {"name": "everywhere", "policies": ["anyone"]},
        {
            "name": "both",
            "hosts": ["both.test"],
            "policies": ["soft", "storefront"],
            "evaluation": "all",
        },
        {"name": "soft", "hosts": ["soft.test"], "policies": ["soft"]},
        {"name": "strict", "hosts": ["strict.test"], "policies": ["strict"]},
    ],
}


@pytest.fixture(scope="module", name="policy_set")
def fixture_policy_set() -> PolicySet:
    return build_policy_set(DOCUMENT)


def remarks(explained: Explained) -> dict[str, str]:
    assert explained.request is not None
    return {verdict.policy: verdict.remark for verdict in explained.request.policies}


def test_the_winning_group_names_its_entries_and_whom_it_beat(policy_set: PolicySet) -> None:
    explained = explain(policy_set, make_inquiry("https://api.example.com/orders/1", origin=SHOP))
    assert explained.request is not None
    routing = explained.request.routing
    assert routing.outcome is RoutingOutcome.MATCHED
    assert (routing.group, routing.host_entry, routing.path_entry) == (
        "exact",
        "api.example.com",
        "=/orders/1",
    )
    assert [(claim.group, claim.remark) for claim in routing.lost] == [
        ("versions", "an exact path comes before a regex"),
        ("orders", "an exact path comes before a prefix"),
        ("apex", "groups without paths come last"),
        ("subdomains", "*.example.com is less specific than api.example.com"),
        ("everywhere", "every host is less specific than api.example.com"),
    ]


@pytest.mark.parametrize(
    ("documents", "path", "remark"),
    [
        ([["/a"], ["/"]], "/a/b", "the longer prefix wins"),
        ([["~/a.*"], ["~/.*"]], "/a", "its regex stands later"),
    ],
)
def test_entries_of_one_kind_are_told_apart(
    documents: list[list[str]], path: str, remark: str
) -> None:
    policy_set = build_policy_set(
        {
            "policies": [{"name": "anyone"}],
            "apiGroups": [
                {"name": f"g{n}", "paths": paths, "policies": ["anyone"]}
                for n, paths in enumerate(documents)
            ],
        }
    )
    explained = explain(policy_set, make_inquiry(f"https://a.test{path}", origin=SHOP))
    assert explained.request is not None
    assert [c.remark for c in explained.request.routing.lost] == [remark]


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (
            {"hosts": ["a.test"], "paths": ["/a"]},
            "its host entry a.test fits, and so does its prefix /a",
        ),
        ({"hosts": ["a.test"]}, "its host entry a.test fits, and it takes every path"),
        ({"paths": ["/a"]}, "it takes every host, and its prefix /a fits"),
        ({}, "it takes every host, and it takes every path"),
    ],
)
def test_the_winning_group_says_what_of_it_fits(entries: dict[str, list[str]], why: str) -> None:
    group = {"name": "g", "policies": ["anyone"], **entries}
    policy_set = build_policy_set({"policies": [{"name": "anyone"}], "apiGroups": [group]})
    explained = explain(policy_set, make_inquiry("https://a.test/a", origin=SHOP))
    assert explained.request is not None
    assert explained.request.routing.why == why


def test_groups_that_nearly_claim_a_request_are_named(policy_set: PolicySet) -> None:
    document = {
        "policies": [{"name": "anyone"}],
        "apiGroups": [
            {"name": "a", "hosts": ["a.test"], "paths": ["/a"], "policies": ["anyone"]},
            {"name": "b", "hosts": ["*.test"], "paths": [], "policies": ["anyone"]},
        ],
    }
    explained = explain(build_policy_set(document), make_inquiry("https://a.test/b", origin=SHOP))
    assert explained.request is not None
    routing = explained.request.routing
    assert routing.outcome is RoutingOutcome.UNMATCHED
    assert [(claim.group, claim.remark) for claim in routing.near] == [
        ("a", "it claims /a only"),
        ("b", "only routes that name it lead to it"),
    ]
    assert explained.browser.verdict is BrowserVerdict.UPSTREAM
    found = explain(policy_set, make_inquiry("https://api.example.com/orders/2", origin=SHOP))
    assert found.request is not None
    assert found.request.routing.near == ()


@pytest.mark.parametrize(
    ("group", "outcome", "reason"),
    [
        ("orders", RoutingOutcome.NAMED, Reason.ALLOWED),
        ("nowhere", RoutingOutcome.UNKNOWN, Reason.GROUP_UNKNOWN),
    ],
)
def test_a_group_that_the_route_names_wins(
    policy_set: PolicySet, group: str, outcome: RoutingOutcome, reason: Reason
) -> None:
    inquiry = make_inquiry("https://soft.test/", origin=SHOP, group=group)
    explained = explain(policy_set, inquiry)
    assert explained.request is not None
    assert explained.request.routing.outcome is outcome
    assert explained.request.decision.reason is reason


def test_each_policy_says_in_order_what_it_thinks(policy_set: PolicySet) -> None:
    explained = explain(policy_set, make_inquiry("https://api.example.com/orders/x", origin=SHOP))
    assert remarks(explained) == {
        "partner": f"no entry fits: {PARTNER}",
        "storefront": f"accepts the origin by {SHOP}",
        "next": "only reports, and was not asked in the second decision either",
    }


def test_policies_behind_the_deciding_one_are_not_asked(policy_set: PolicySet) -> None:
    inquiry = make_inquiry("https://api.example.com/orders/x", method="PUT", origin=PARTNER)
    explained = explain(policy_set, inquiry)
    assert remarks(explained)["partner"] == "PUT is not among GET, HEAD"
    assert remarks(explained)["storefront"] == (
        "is not asked, since partner accepts the origin and decides alone"
    )


@pytest.mark.parametrize(
    ("origin", "remark"),
    [
        ("http://shop.example.com", f"{SHOP} has the scheme https, the request http"),
        ("https://shop.example.com:8443", f"{SHOP} has no port, the request the port 8443"),
        (
            "http://a.shop.example.com",
            "https://*.shop.example.com has the scheme https, the request http",
        ),
        (
            "https://evil.test",
            f"no entry fits: {SHOP}, https://*.shop.example.com, http://localhost:*",
        ),
        ("null", f"no entry fits: {SHOP}, https://*.shop.example.com, http://localhost:*"),
    ],
)
def test_a_refused_origin_is_told_what_nearly_fits(
    policy_set: PolicySet, origin: str, remark: str
) -> None:
    explained = explain(policy_set, make_inquiry("https://api.example.com/orders/x", origin=origin))
    assert remarks(explained)["storefront"] == remark


def test_the_apex_is_told_that_it_is_no_subdomain() -> None:
    document = {
        "policies": [{"name": "sub", "allowedOrigins": ["https://*.example.com"]}],
        "apiGroups": [{"name": "all", "policies": ["sub"]}],
    }
    inquiry = make_inquiry("https://a.test/", origin="https://example.com")
    assert remarks(explain(build_policy_set(document), inquiry))["sub"] == (
        "https://*.example.com takes hosts below example.com, but not example.com itself"
    )


def test_a_method_in_another_case_is_told_to_be_another_method() -> None:
    """Browsers correct the case of some methods; patch goes out as the page wrote it."""
    document = {
        "policies": [{"name": "sub", "allowedOrigins": [SHOP], "allowedMethods": ["PATCH"]}],
        "apiGroups": [{"name": "all", "policies": ["sub"]}],
    }
    inquiry = make_inquiry("https://a.test/", origin=SHOP, method="patch")
    assert remarks(explain(build_policy_set(document), inquiry))["sub"] == (
        "patch is not among PATCH; methods are case-sensitive"
    )


@pytest.mark.parametrize(
    ("asked", "remark"),
    [
        ({"method": "DELETE"}, "DELETE is not among GET, HEAD, PUT"),
        ({"protocol": "HTTP/1.1"}, "HTTP/1.1 is not among HTTP/2"),
    ],
)
def test_a_policy_says_what_is_missing(
    policy_set: PolicySet, asked: dict[str, str], remark: str
) -> None:
    inquiry = make_inquiry("https://api.example.com/orders/x", origin=SHOP, **asked)  # type: ignore[arg-type]
    assert remarks(explain(policy_set, inquiry))["storefront"] == remark


@pytest.mark.parametrize(
    ("policy", "names", "remark"),
    [
        ("storefront", ["x-a", "authorization"], "x-a is not among authorization"),
        ("partner", ["x-a"], "allows no x-a"),
        ("anyone", ["authorization"], "authorization is not covered by *; list it beside the *"),
    ],
)
def test_a_preflight_is_told_which_headers_are_missing(
    policy: str, names: list[str], remark: str
) -> None:
    document = {**DOCUMENT, "apiGroups": [{"name": "all", "policies": [policy]}]}
    origin = PARTNER if policy == "partner" else SHOP
    inquiry = make_inquiry("https://a.test/", origin=origin, headers=[(n, "") for n in names])
    explained = explain(build_policy_set(document), inquiry)
    assert explained.preflight is not None
    assert [verdict.remark for verdict in explained.preflight.policies] == [remark]
    assert explained.browser.verdict is BrowserVerdict.NOT_SENT


def test_a_reporting_policy_tells_what_it_would_say() -> None:
    document = {
        **DOCUMENT,
        "apiGroups": [{"name": "all", "policies": ["next", "storefront"]}],
    }
    inquiry = make_inquiry("https://a.test/", origin=SHOP)
    explained = explain(build_policy_set(document), inquiry)
    assert explained.request is not None
    first = explained.request.policies[0]
    assert (first.outcome, first.remark) == (
        Reason.ORIGIN_NOT_ALLOWED,
        f"only reports: no entry fits: {PARTNER}",
    )
    alone = {**DOCUMENT, "apiGroups": [{"name": "all", "policies": ["next"]}]}
    untouched = explain(build_policy_set(alone), inquiry)
    assert untouched.browser.verdict is BrowserVerdict.UPSTREAM


def test_under_all_a_denial_ends_the_evaluation(policy_set: PolicySet) -> None:
    inquiry = make_inquiry("https://both.test/", origin="https://evil.test")
    explained = explain(policy_set, inquiry)
    assert [v.outcome for v in explained.request.policies] == [  # type: ignore[union-attr]
        Reason.ORIGIN_NOT_ALLOWED,
        Reason.ORIGIN_NOT_ALLOWED,
    ]
    document = {
        **DOCUMENT,
        "apiGroups": [{"name": "all", "policies": ["partner", "storefront"], "evaluation": "all"}],
    }
    ended = explain(build_policy_set(document), inquiry)
    assert remarks(ended)["storefront"] == "is not asked, since a denial ended the evaluation"


@pytest.mark.parametrize(
    ("url", "origin", "remark"),
    [
        ("https://strict.test/", None, "requires an Origin"),
        ("https://strict.test/", "https://strict.test", "is not asked about same_origin requests"),
        ("https://strict.test/", "ill formed", "is not asked, since the request is denied before"),
    ],
)
def test_policies_that_are_never_asked_say_why(
    policy_set: PolicySet, url: str, origin: str | None, remark: str
) -> None:
    assert remarks(explain(policy_set, make_inquiry(url, origin=origin)))["strict"] == remark


def test_a_handshake_is_told_why_everybody_is_too_many(policy_set: PolicySet) -> None:
    explained = explain(policy_set, make_inquiry("wss://a.test/", origin=SHOP))
    assert explained.request is not None
    assert explained.request.decision.kind is Kind.WEBSOCKET
    assert "acknowledge websocket-any-origin" in remarks(explained)["anyone"]
    assert explained.browser.objection is Objection.HANDSHAKE_REFUSED


@pytest.mark.parametrize(
    ("asked", "asks_first"),
    [
        ({}, ""),
        ({"method": "POST", "headers": [("content-type", "text/plain")]}, ""),
        ({"method": "PUT"}, "PUT is no safelisted method"),
        ({"headers": [("authorization", "")]}, "authorization must be asked for"),
        (
            {"method": "PUT", "headers": [("content-type", "application/json")]},
            "PUT is no safelisted method and content-type must be asked for",
        ),
        ({"method": "PUT", "origin": "https://api.example.com"}, ""),
        ({"method": "PUT", "origin": None}, ""),
        ({"method": "PUT", "headers": [("sec-fetch-mode", "navigate")]}, ""),
        ({"method": "PUT", "headers": [("upgrade", "websocket")]}, ""),
    ],
)
def test_a_preflight_is_explained_only_where_a_browser_sends_one(
    policy_set: PolicySet, asked: dict[str, Any], asks_first: str
) -> None:
    inquiry = make_inquiry("https://api.example.com/orders/x", **{"origin": SHOP, **asked})
    explained = explain(policy_set, inquiry)
    assert explained.asks_first == asks_first
    assert (explained.preflight is not None) is bool(asks_first)
    assert explained.request is not None


def test_a_preflight_can_be_asked_for_alone(policy_set: PolicySet) -> None:
    inquiry = make_inquiry("https://api.example.com/orders/x", origin=SHOP, preflight=True)
    explained = explain(policy_set, inquiry)
    assert explained.request is None
    assert explained.preflight is not None
    assert explained.preflight.decision.kind is Kind.PREFLIGHT
    assert explained.browser.verdict is BrowserVerdict.SENT


def test_a_preflight_that_is_given_is_recognised(policy_set: PolicySet) -> None:
    inquiry = make_inquiry(
        "https://api.example.com/orders/x",
        method="OPTIONS",
        origin=SHOP,
        headers=[
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization"),
        ],
    )
    explained = explain(policy_set, inquiry)
    assert explained.request is None
    assert explained.preflight is not None
    assert explained.preflight.request is inquiry.request
    assert explained.browser.verdict is BrowserVerdict.SENT


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ({"origin": None}, BrowserVerdict.UNCHECKED),
        ({"origin": "https://soft.test"}, BrowserVerdict.UNCHECKED),
        ({"origin": "https://soft.test", "preflight": True}, BrowserVerdict.UNCHECKED),
        ({"headers": [("sec-fetch-mode", "no-cors")]}, BrowserVerdict.UNCHECKED),
        ({}, BrowserVerdict.BLOCKED),
        ({"origin": PARTNER}, BrowserVerdict.READABLE),
        ({"origin": PARTNER, "credentials": True}, BrowserVerdict.BLOCKED),
    ],
)
def test_the_browser_judges_the_answer(
    policy_set: PolicySet, asked: dict[str, Any], verdict: BrowserVerdict
) -> None:
    inquiry = make_inquiry("https://soft.test/", **{"origin": SHOP, **asked})
    assert explain(policy_set, inquiry).browser.verdict is verdict


def test_what_credentials_would_change_is_told_too(policy_set: PolicySet) -> None:
    inquiry = make_inquiry("https://api.example.com/orders/x", origin=SHOP)
    explained = explain(policy_set, inquiry)
    assert explained.browser.verdict is BrowserVerdict.READABLE
    assert explained.other_credentials is not None
    assert explained.other_credentials.objection is Objection.ALLOW_CREDENTIALS_MISSING
    same = explain(policy_set, make_inquiry("https://api.example.com/orders/x", origin=PARTNER))
    assert same.other_credentials is None


def test_an_ambiguous_path_names_the_other_groups(policy_set: PolicySet) -> None:
    inquiry = make_inquiry("https://api.example.com/orders%2F1", origin=SHOP)
    explained = explain(policy_set, inquiry)
    assert explained.request is not None
    assert explained.request.decision.reason is Reason.PATH_AMBIGUOUS
    assert explained.request.routing.ambiguous_with == ("exact",)


def test_members_are_json_without_secrets(policy_set: PolicySet) -> None:
    inquiry = make_inquiry(
        "https://user:secret@api.example.com/orders/x?token=secret",
        method="PUT",
        origin=SHOP,
        headers=[("authorization", "Bearer secret"), ("cookie", "secret"), ("x-secret", "secret")],
    )
    explained = explain(policy_set, inquiry)
    text = json.dumps(explained_members(explained))
    assert "secret" in text
    assert text.replace("x-secret", "").count("secret") == 0
    members = json.loads(text)
    assert members["headersToAskFor"] == ["authorization", "x-secret"]
    assert members["request"]["verdict"] == decide(policy_set, inquiry.request).verdict
    assert members["browser"]["verdict"] == "not_sent"
    assert members["preflight"]["verdict"] == Verdict.DENY
