"""Methods and headers: a page calls ``fetch`` and gets its answer, or not."""

import pytest

from tests.browser.call import BLOCKED, Call, Outcome
from tests.browser.expectation import (
    Case,
    Prove,
    after_preflight,
    answered,
    decided,
    preflight_refused,
    refused,
)
from tests.browser.origins import EVIL, HTTP1, HTTP2, SHOP, TRANSPORTS, Transport
from tests.support.upstream import answer_query

_JSON = ("content-type", "application/json")
_TOKEN = ("authorization", "Bearer t")
_CLIENT = ("x-client", "a")
_DEBUG = ("x-debug", "a")


def _allowed(title: str, call: Call) -> Case:
    """The shop's call needs a preflight; the policy has the name of the path."""
    policy = call.path.removeprefix("/")
    return Case(title, SHOP, call, after_preflight(policy, answered(call.method, policy)))


def _refused(title: str, call: Call, reason: str) -> Case:
    return Case(title, SHOP, call, preflight_refused(reason, call.path.removeprefix("/")))


METHODS = [
    Case("a simple GET", SHOP, Call("/storefront"), answered("GET", "storefront")),
    Case(
        "a simple GET from a foreign origin",
        EVIL,
        Call("/storefront"),
        refused("GET", "origin_not_allowed"),
    ),
    Case("HEAD", SHOP, Call("/storefront", "HEAD"), answered("HEAD", "storefront")),
    Case(
        "a simple POST",
        SHOP,
        Call("/storefront", "POST", body="a=1"),
        answered("POST", "storefront"),
    ),
    Case(
        "a simple POST from a foreign origin",
        EVIL,
        Call("/storefront", "POST", body="a=1"),
        refused("POST", "origin_not_allowed"),
    ),
    Case(
        "a simple POST where only GET is listed",
        SHOP,
        Call("/reader", "POST", body="a=1"),
        refused("POST", "method_not_allowed", "reader"),
    ),
    _allowed("a POST of JSON", Call("/storefront", "POST", (_JSON,), "{}")),
    Case(
        "a POST of JSON from a foreign origin",
        EVIL,
        Call("/storefront", "POST", (_JSON,), "{}"),
        preflight_refused("origin_not_allowed"),
    ),
    _allowed("PUT", Call("/storefront", "PUT")),
    _allowed("PATCH", Call("/storefront", "PATCH")),
    _allowed("DELETE", Call("/storefront", "DELETE")),
    _allowed("a custom method", Call("/storefront", "PURGE")),
    _allowed("any method where none is listed", Call("/every-method", "PURGE")),
    _allowed(
        "any method where none is listed, with credentials",
        Call("/every-method-with-credentials", "DELETE", credentials="include"),
    ),
    _refused("a method that is not listed", Call("/reader", "DELETE"), "method_not_allowed"),
    _refused("a custom method that is not listed", Call("/reader", "PURGE"), "method_not_allowed"),
    _refused(
        "patch in lower case, which browsers send as it is",
        Call("/storefront", "patch"),
        "method_not_allowed",
    ),
    Case(
        "put in lower case, which browsers correct",
        SHOP,
        Call("/storefront", "put"),
        after_preflight("storefront", answered("PUT", "storefront")),
    ),
]

REQUEST_HEADERS = [
    _allowed("a listed header", Call("/storefront", headers=(_CLIENT,))),
    _allowed("several listed headers", Call("/storefront", headers=(_TOKEN, _CLIENT, _JSON))),
    Case(
        "a header that needs no asking",
        SHOP,
        Call("/storefront", "POST", (("content-type", "text/plain"),), "a"),
        answered("POST", "storefront"),
    ),
    _refused("an unlisted header", Call("/storefront", headers=(_DEBUG,)), "header_not_allowed"),
    _refused(
        "an unlisted header beside a listed one",
        Call("/storefront", headers=(_CLIENT, _DEBUG)),
        "header_not_allowed",
    ),
    _refused(
        "a header where none is listed", Call("/reader", headers=(_CLIENT,)), "header_not_allowed"
    ),
    _allowed("any header where * is listed", Call("/every-header", headers=(_CLIENT, _DEBUG))),
    _refused(
        "authorization, which * does not cover",
        Call("/every-header", headers=(_TOKEN,)),
        "header_not_allowed",
    ),
    _allowed(
        "authorization, listed beside *",
        Call("/every-header-and-token", headers=(_TOKEN, _DEBUG)),
    ),
    _allowed(
        "any header where * is listed, with credentials",
        Call("/every-header-with-credentials", headers=(_TOKEN, _DEBUG), credentials="include"),
    ),
    Case(
        "more headers than anybody needs",
        SHOP,
        Call("/every-header", headers=tuple((f"x-{n}", "a") for n in range(65))),
        preflight_refused("limit_exceeded"),
    ),
]

_TOTALS = answer_query(more=(("x-total", "9"), ("x-page", "1"), ("x-secret", "s")))

EXPOSED_HEADERS = [
    Case(
        "listed headers",
        SHOP,
        Call("/storefront", answer=_TOTALS),
        answered("GET", "storefront", "200, reads x-total"),
    ),
    Case(
        "all headers",
        SHOP,
        Call("/public", answer=_TOTALS),
        answered("GET", "public", "200, reads x-page, x-secret, x-total"),
    ),
    Case(
        "no header, whatever the upstream exposes",
        SHOP,
        Call("/reader", answer=_TOTALS),
        answered("GET", "reader"),
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", METHODS, ids=str)
def test_a_page_may_use_the_methods_that_are_listed(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Methods", case, transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", REQUEST_HEADERS, ids=str)
def test_a_page_may_send_the_headers_that_are_listed(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Request headers", case, transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", EXPOSED_HEADERS, ids=str)
def test_a_page_may_read_the_headers_that_are_exposed(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Exposed response headers", case, transport)


_PATCH = Call("/lower-case", "patch")


def test_a_method_listed_in_lower_case_is_allowed_so_over_http_2(prove: Prove) -> None:
    prove("Methods", _allowed("patch in lower case, listed so", _PATCH), HTTP2)


def test_envoy_refuses_methods_in_lower_case_over_http_1(prove: Prove) -> None:
    """It answers 400 before anything is known of the request."""
    allowed = decided("allow", "preflight", policy="lower-case")
    expected = Outcome(BLOCKED, ("OPTIONS 204", "? 400"), (), (allowed,))
    title = "patch in lower case, listed so: Envoy itself answers 400"
    prove("Methods", Case(title, SHOP, _PATCH, expected), HTTP1)
