"""What a request must be like: with an Origin or without, same-origin or not, of which version."""

import pytest

from tests.browser import actions
from tests.browser.call import OPAQUE, Call, Outcome
from tests.browser.expectation import (
    Case,
    Prove,
    after_preflight,
    answered,
    decided,
    preflight_refused,
    refused,
)
from tests.browser.origins import API, EVIL, HTTP1, HTTP2, OWN, SHOP, TRANSPORTS, Transport

_INSECURE = Transport("http://api.example.com", "HTTP/1.1")
"""Here browsers send no Fetch metadata: the Origin alone tells that a request is same-origin."""

SAME_ORIGIN = [
    Case("a GET", OWN, Call("/storefront"), answered("GET", None, kind="non_cors")),
    Case(
        "a POST",
        OWN,
        Call("/storefront", "POST", body="a"),
        answered("POST", None, kind="same_origin"),
    ),
    Case(
        "a DELETE, which no policy need list",
        OWN,
        Call("/reader", "DELETE", (("x-debug", "a"),)),
        answered("DELETE", None, kind="same_origin"),
    ),
]

CHECKED = [
    Case(
        "check: a POST of the API's own page, whose origin is listed",
        API,
        Call("/checked", "POST", body="a"),
        answered("POST", "own-pages", kind="same_origin"),
    ),
    Case(
        "check: a DELETE of the API's own page, which is not listed",
        API,
        Call("/checked", "DELETE"),
        refused("DELETE", "method_not_allowed", "own-pages", kind="same_origin"),
    ),
]

_REBOUND = Transport("https://rebound.evil.example.net", "HTTP/2")

REBOUND = [
    Case(
        "check: a POST to a foreign name that was made to lead here (DNS rebinding)",
        OWN,
        Call("/checked", "POST", body="a"),
        Outcome(
            "403 origin_not_allowed",
            ("POST 403",),
            (),
            (decided("deny", "same_origin", "origin_not_allowed"),),
        ),
    ),
    Case(
        "check: a GET to such a name, which carries no Origin",
        OWN,
        Call("/checked"),
        answered("GET", None, kind="non_cors"),
    ),
]

_MISSING = decided("deny", "non_cors", "origin_missing", "origin-required")

REQUIRED_ORIGIN = [
    Case("fetch", SHOP, Call("/origin-required"), answered("GET", "origin-required")),
    Case(
        "fetch from a foreign origin",
        EVIL,
        Call("/origin-required"),
        refused("GET", "origin_not_allowed"),
    ),
    Case(
        "fetch with mode no-cors, which sends no Origin with a GET",
        SHOP,
        Call("/origin-required", mode="no-cors"),
        Outcome(OPAQUE, ("GET 403",), (), (_MISSING,)),
    ),
    Case(
        "fetch with mode no-cors, which sends an Origin with a POST",
        SHOP,
        Call("/origin-required", "POST", mode="no-cors"),
        answered("POST", "origin-required", OPAQUE),
    ),
    Case(
        "an image",
        SHOP,
        actions.image("/origin-required"),
        Outcome("blocked", ("GET 403",), (), (_MISSING,)),
    ),
    Case(
        "an image with crossorigin",
        SHOP,
        actions.image_with_crossorigin("/origin-required"),
        answered("GET", "origin-required", "shown, pixels readable"),
    ),
    Case(
        "navigation of a frame",
        OWN,
        actions.frame("/origin-required"),
        Outcome("403", ("GET 403",), (), (_MISSING,)),
    ),
    Case(
        "a same-origin GET, which carries no Origin",
        OWN,
        Call("/origin-required"),
        Outcome("403 origin_missing", ("GET 403",), (), (_MISSING,)),
    ),
    Case(
        "a same-origin POST, which carries one",
        OWN,
        Call("/origin-required", "POST", body="a"),
        answered("POST", None, kind="same_origin"),
    ),
]

HTTP_VERSIONS = [
    (Case("a GET", SHOP, Call("/http2-only"), answered("GET", "http2-only")), HTTP2),
    (
        Case(
            "a PUT",
            SHOP,
            Call("/http2-only", "PUT"),
            after_preflight("http2-only", answered("PUT", "http2-only")),
        ),
        HTTP2,
    ),
    (
        Case(
            "a GET",
            SHOP,
            Call("/http2-only"),
            refused("GET", "protocol_not_allowed", "http2-only"),
        ),
        HTTP1,
    ),
    (
        Case(
            "a PUT",
            SHOP,
            Call("/http2-only", "PUT"),
            preflight_refused("protocol_not_allowed", "http2-only"),
        ),
        HTTP1,
    ),
]


@pytest.mark.parametrize("transport", [*TRANSPORTS, _INSECURE], ids=lambda t: t.api)
@pytest.mark.parametrize("case", SAME_ORIGIN, ids=str)
def test_a_page_may_do_anything_with_its_own_origin(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Same-origin requests", case, transport)


@pytest.mark.parametrize("case", CHECKED, ids=str)
def test_a_group_can_hold_its_own_pages_to_the_policies(prove: Prove, case: Case) -> None:
    prove("Same-origin requests", case, HTTP2)


@pytest.mark.parametrize("case", REBOUND, ids=str)
def test_checking_same_origin_requests_stops_dns_rebinding(prove: Prove, case: Case) -> None:
    prove("Same-origin requests", case, _REBOUND)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", REQUIRED_ORIGIN, ids=str)
def test_a_policy_can_require_an_origin(prove: Prove, case: Case, transport: Transport) -> None:
    prove("Required Origin", case, transport)


@pytest.mark.parametrize(("case", "transport"), HTTP_VERSIONS, ids=str)
def test_a_policy_lists_http_versions(prove: Prove, case: Case, transport: Transport) -> None:
    prove("HTTP versions", case, transport)
