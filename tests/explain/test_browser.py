"""The checks of the Fetch standard: 4.8 CORS-preflight fetch and 4.10 CORS check."""

import pytest

from cors_authz.policy import answer
from cors_authz.policy.browser import (
    BrowserVerdict,
    Objection,
    PageRequest,
    check_handshake,
    check_preflight,
    check_response,
)
from cors_authz.policy.decision import Answer, Header, HeaderAction

SHOP = "https://shop.example.com"


def page(
    method: str = "GET", *names: str, origin: str = SHOP, credentials: bool = False
) -> PageRequest:
    return PageRequest(method, origin, names, credentials)


def response(status: int | None = None, **headers: str) -> Answer:
    return Answer(
        status,
        tuple(
            Header(f"access-control-{name.replace('_', '-')}", value, HeaderAction.SET)
            for name, value in headers.items()
        ),
    )


@pytest.mark.parametrize(
    ("headers", "credentials", "objection"),
    [
        pytest.param({}, False, Objection.ALLOW_ORIGIN_MISSING, id="nothing granted"),
        pytest.param({"allow_origin": "*"}, False, None, id="a wildcard"),
        pytest.param({"allow_origin": SHOP}, False, None, id="the origin itself"),
        pytest.param(
            {"allow_origin": "https://Shop.example.com"},
            False,
            Objection.ALLOW_ORIGIN_DIFFERS,
            id="compared byte for byte",
        ),
        pytest.param(
            {"allow_origin": ""}, False, Objection.ALLOW_ORIGIN_DIFFERS, id="an empty value"
        ),
        pytest.param(
            {"allow_origin": "*", "allow_credentials": "true"},
            True,
            Objection.ALLOW_ORIGIN_WILDCARD,
            id="a wildcard does not do with credentials",
        ),
        pytest.param(
            {"allow_origin": SHOP},
            True,
            Objection.ALLOW_CREDENTIALS_MISSING,
            id="credentials not granted",
        ),
        pytest.param(
            {"allow_origin": SHOP, "allow_credentials": "True"},
            True,
            Objection.ALLOW_CREDENTIALS_MISSING,
            id="true in lower case only",
        ),
        pytest.param(
            {"allow_origin": SHOP, "allow_credentials": "true"}, True, None, id="all granted"
        ),
    ],
)
def test_cors_check(
    headers: dict[str, str], objection: Objection | None, *, credentials: bool
) -> None:
    view = check_response(page(credentials=credentials), response(None, **headers, max_age="5"))
    assert view.objection is objection
    expected = BrowserVerdict.READABLE if objection is None else BrowserVerdict.BLOCKED
    assert view.verdict is expected


def test_a_page_may_read_a_denial_that_names_its_origin() -> None:
    view = check_response(page(), response(403, allow_origin=SHOP))
    assert view.verdict is BrowserVerdict.READABLE
    assert "403" in view.message


def test_an_emptied_header_of_the_upstream_grants_nothing() -> None:
    view = check_response(page(), answer.UNGRANTED)
    assert view.objection is Objection.ALLOW_ORIGIN_MISSING


def test_an_untouched_response_is_the_upstreams_affair() -> None:
    assert check_response(page(), answer.UNTOUCHED).verdict is BrowserVerdict.UPSTREAM
    assert check_preflight(page("PUT"), answer.UNTOUCHED).verdict is BrowserVerdict.UPSTREAM


PREFLIGHTS = [
    pytest.param(page("PUT"), {"allow_methods": "GET, PUT"}, None, id="a listed method"),
    pytest.param(page("POST"), {"allow_methods": "PUT"}, None, id="a safelisted method"),
    pytest.param(page("PUT"), {"allow_methods": "*"}, None, id="a wildcard for methods"),
    pytest.param(
        page("put"),
        {"allow_methods": "PUT"},
        Objection.METHOD_NOT_ANNOUNCED,
        id="methods are case-sensitive",
    ),
    pytest.param(page("PUT"), {}, Objection.METHOD_NOT_ANNOUNCED, id="no methods at all"),
    pytest.param(
        page("GET", "x-a"), {"allow_headers": "X-B, X-A"}, None, id="names are without case"
    ),
    pytest.param(
        page("GET", "x-a"),
        {"allow_headers": "x-b"},
        Objection.HEADER_NOT_ANNOUNCED,
        id="a name that is not listed",
    ),
    pytest.param(page("GET", "x-a"), {"allow_headers": "*"}, None, id="a wildcard for names"),
    pytest.param(
        page("GET", "authorization"),
        {"allow_headers": "*"},
        Objection.HEADER_NOT_ANNOUNCED,
        id="a wildcard does not cover authorization",
    ),
    pytest.param(
        page("GET", "authorization"),
        {"allow_headers": "*, Authorization"},
        None,
        id="authorization beside the wildcard",
    ),
]


@pytest.mark.parametrize(("request_", "headers", "objection"), PREFLIGHTS)
def test_preflight_checks(
    request_: PageRequest, headers: dict[str, str], objection: Objection | None
) -> None:
    view = check_preflight(request_, response(204, allow_origin=SHOP, **headers))
    assert view.objection is objection
    expected = BrowserVerdict.SENT if objection is None else BrowserVerdict.NOT_SENT
    assert view.verdict is expected


@pytest.mark.parametrize(
    ("method", "names", "objection"),
    [
        ("PUT", (), Objection.METHOD_NOT_ANNOUNCED),
        ("GET", ("x-a",), Objection.HEADER_NOT_ANNOUNCED),
    ],
)
def test_with_credentials_wildcards_are_literal(
    method: str, names: tuple[str, ...], objection: Objection
) -> None:
    answered = response(
        204, allow_origin=SHOP, allow_credentials="true", allow_methods="*", allow_headers="*"
    )
    assert check_preflight(page(method, *names, credentials=True), answered).objection is objection
    assert check_preflight(page(method, *names), answered).verdict is BrowserVerdict.SENT


def test_a_preflight_needs_an_ok_status_and_the_cors_check() -> None:
    refused = check_preflight(page("PUT"), response(403, allow_origin=SHOP, allow_methods="PUT"))
    assert refused.objection is Objection.STATUS_NOT_OK
    assert check_preflight(page("PUT"), response(204, allow_methods="PUT")).objection is (
        Objection.ALLOW_ORIGIN_MISSING
    )


def test_a_handshake_is_checked_by_nobody_but_us() -> None:
    passed = check_handshake(answer.UNGRANTED)
    assert passed.verdict is BrowserVerdict.UNCHECKED
    refused = check_handshake(answer.DENIED)
    assert refused.verdict is BrowserVerdict.BLOCKED
    assert refused.objection is Objection.HANDSHAKE_REFUSED


@pytest.mark.parametrize(
    ("request_", "needed"),
    [
        (page("GET"), False),
        (page("POST"), False),
        (page("HEAD"), False),
        (page("PUT"), True),
        (page("get"), True),
        (page("GET", "authorization"), True),
    ],
)
def test_browsers_ask_first_only_where_they_must(request_: PageRequest, *, needed: bool) -> None:
    assert request_.needs_preflight is needed
