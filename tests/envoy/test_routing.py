"""From host and path to the group, through Envoy: unmatched, named, unknown, ambiguous."""

import pytest

from tests.envoy.expectation import (
    EVIL,
    SHOP,
    Decided,
    Expected,
    facts,
    from_origin,
    passes,
    preflight,
    preflight_refused,
    refused,
)
from tests.support.exchange import Request
from tests.support.stack import Stack


def _group(stack: Stack, host: str, path: str, listener: str = "careless tcp") -> str | None:
    seen = stack.send(Request(host, path), listener=listener)
    assert seen.decision is not None
    group: str | None = seen.decision["group"]
    return group


@pytest.mark.parametrize(
    ("host", "group"),
    [
        ("orders.test", "orders"),
        ("ORDERS.Test", "orders"),
        ("orders.test:8443", "orders"),
        ("orders.test.", "orders"),
        ("a.wild.test", "sub"),
        ("a.b.wild.test", "sub"),
        ("a.deep.wild.test", "sub-deep"),
        ("exact.wild.test", "sub"),
        ("wild.test", None),
        ("notwild.test", None),
    ],
)
def test_the_most_specific_host_that_claims_the_path_has_the_request(
    stack: Stack, host: str, group: str | None
) -> None:
    assert _group(stack, host, "/") == group


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("/public", "public"),
        ("/public/", "public"),
        ("/public?next=/admin", "public"),
        ("/public/1", "public"),
        ("/public2", None),
        ("/Public", None),
        ("/public/health", "health"),
        ("/public/health/", "public"),
        ("/public/admin/1", "admin"),
        ("/v2/orders/7", "versions"),
        ("/v2/orders2", None),
        ("/%70ublic", "public"),
        ("//public///1", "public"),
        ("/public/../admin", "admin"),
        ("/public/%2e%2e/admin", "admin"),
        ("/x/./../public", "public"),
    ],
)
@pytest.mark.parametrize("operator", ["recommended", "careless"])
def test_paths_are_compared_in_normal_form_by_segments(
    stack: Stack, path: str, group: str | None, operator: str
) -> None:
    assert _group(stack, "paths.test", path, f"{operator} tcp") == group


UNKNOWN_GROUP = [
    pytest.param(
        from_origin("orders.test", SHOP, "GET", "/named/ghost"),
        refused(Decided("deny", "actual", "group_unknown", None, None)),
        id="a cross-origin request is denied",
    ),
    pytest.param(
        preflight("orders.test", SHOP, "GET", path="/named/ghost"),
        preflight_refused(Decided("deny", "preflight", "group_unknown", None, None)),
        id="so is a preflight",
    ),
    pytest.param(
        Request("orders.test", "/named/ghost"),
        passes(Decided("allow", "non_cors", "group_unknown", None, None)),
        id="a request without Origin passes without a grant",
    ),
    pytest.param(
        from_origin("orders.test", "http://orders.test", "GET", "/named/ghost"),
        passes(Decided("allow", "same_origin", "group_unknown", None, None)),
        id="so does a same-origin one",
    ),
]


@pytest.mark.parametrize("operator", ["recommended", "careless"])
@pytest.mark.parametrize(("request_", "expected"), UNKNOWN_GROUP)
def test_a_route_that_names_an_unknown_group_admits_nothing_cross_origin(
    stack: Stack, request_: Request, expected: Expected, operator: str
) -> None:
    seen = stack.send(request_, listener=f"{operator} tcp")
    stripped = operator == "recommended"
    assert facts(seen, request_) == expected.facts(request_, stripped=stripped)


@pytest.mark.parametrize("host", ["catalogue.test", "elsewhere.test"])
def test_the_group_that_the_route_names_beats_host_and_path(stack: Stack, host: str) -> None:
    foreign = from_origin(host, EVIL, "GET", "/named/orders")
    expected = refused(Decided("deny", "actual", "origin_not_allowed", "orders", None))
    seen = stack.send(foreign, listener="careless tcp")
    assert facts(seen, foreign) == expected.facts(foreign, stripped=False)


UNMATCHED_DENIED = [
    pytest.param(
        Request("elsewhere.test"),
        refused(Decided("deny", "non_cors", "no_group", None, None)),
        id="a request without Origin",
    ),
    pytest.param(
        from_origin("elsewhere.test", SHOP),
        refused(Decided("deny", "actual", "no_group", None, None)),
        id="a cross-origin request",
    ),
    pytest.param(
        preflight("elsewhere.test", SHOP, "GET"),
        preflight_refused(Decided("deny", "preflight", "no_group", None, None)),
        id="a preflight",
    ),
    pytest.param(
        from_origin("orders.test", SHOP),
        passes(Decided("allow", "actual", "allowed", "orders", "storefront"), allow_origin=SHOP),
        id="but not what has a group",
    ),
]


@pytest.mark.parametrize(("request_", "expected"), UNMATCHED_DENIED)
def test_what_belongs_to_no_group_can_be_denied(
    denying_stack: Stack, request_: Request, expected: Expected
) -> None:
    seen = denying_stack.send(request_, listener="careless tcp")
    assert facts(seen, request_) == expected.facts(request_, stripped=False)


AMBIGUOUS = [
    "/public/..%2fadmin",
    "/public/..%2Fadmin",
    "/public/..%5cadmin",
    "/public/..\\admin",
    "/public%2fadmin",
    "/elsewhere/..%2fadmin",
]


@pytest.mark.parametrize("path", AMBIGUOUS)
def test_a_path_that_two_groups_could_claim_is_denied_to_origins(stack: Stack, path: str) -> None:
    for request, kind, expect in (
        (from_origin("paths.test", SHOP, "GET", path), "actual", refused),
        (preflight("paths.test", SHOP, "GET", path=path), "preflight", preflight_refused),
        (from_origin("paths.test", "http://paths.test", "GET", path), "same_origin", refused),
    ):
        seen = stack.send(request, listener="careless tcp")
        group = seen.decision["group"] if seen.decision else None
        expected = expect(Decided("deny", kind, "path_ambiguous", group, None))
        assert facts(seen, request) == expected.facts(request, stripped=False)


@pytest.mark.parametrize("path", AMBIGUOUS)
def test_an_ambiguous_path_without_origin_reaches_the_upstream_as_sent(
    stack: Stack, path: str
) -> None:
    seen = stack.send(Request("paths.test", path), listener="careless tcp")
    assert seen.response.status == 200
    assert [r.path for r in seen.reached] == [path]


@pytest.mark.parametrize("path", ["/public/a%2fb", "/public/..%2fpublic", "/public/x%5cy"])
def test_an_escaped_slash_that_changes_no_group_is_no_matter(stack: Stack, path: str) -> None:
    asked = from_origin("paths.test", EVIL, "GET", path)
    expected = passes(
        Decided("allow", "actual", "allowed", "public", "anyone"),
        allow_origin="*",
        expose_headers="*",
    )
    seen = stack.send(asked, listener="careless tcp")
    assert facts(seen, asked) == expected.facts(asked, stripped=False)


def test_the_recommended_envoy_redirects_escaped_slashes_before_the_check(stack: Stack) -> None:
    ambiguous = from_origin("paths.test", SHOP, "GET", "/public/..%2fadmin")
    seen = stack.send(ambiguous, listener="recommended tcp", checked=False)
    assert seen.response.status == 307
    assert seen.response.values("location") == ("/admin",)
    assert seen.reached == ()


def test_a_route_that_skips_the_check_is_not_ours(stack: Stack) -> None:
    seen = stack.send(
        from_origin("orders.test", EVIL, "GET", "/unchecked"),
        listener="careless tcp",
        checked=False,
    )
    assert seen.response.status == 200
    assert seen.response.values("access-control-allow-origin") == ("*",)
    assert seen.metadata == {}
