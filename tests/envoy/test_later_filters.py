"""What comes after us fails, refuses or redirects: our headers are on its answers too."""

import pytest

from tests.envoy.expectation import SHOP, VARY, from_origin, preflight
from tests.support.exchange import HeaderPairs
from tests.support.stack import CLIENTS, Observation, Stack
from tests.support.upstream import CARELESS, answering

_GRANTED: HeaderPairs = (
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-origin", SHOP),
    ("access-control-expose-headers", "x-total, x-page"),
)

REFUSALS = [
    pytest.param("/jwt", "401 jwt_authn_access_denied{Jwt_is_missing}", id="jwt_authn"),
    pytest.param("/rbac", "403 rbac_access_denied_matched_policy[nobody]", id="RBAC"),
    pytest.param("/limited", "429 local_rate_limited", id="the rate limit"),
    pytest.param("/down", "503 upstream_reset_before_response_started", id="no upstream"),
    pytest.param("/nothing-here", "404 direct_response", id="a route without upstream"),
]


def _send(stack: Stack, path: str, protocol: str, **options: str) -> Observation:
    operator = options.get("operator", "recommended")
    listener = f"{operator} {'udp' if protocol == 'HTTP/3' else 'tcp'}"
    asked = from_origin("orders.test", options.get("origin", SHOP), "GET", path)
    return stack.send(asked, listener=listener, protocol=protocol)


def _exhaust_rate_limit(stack: Stack, protocol: str, operator: str) -> None:
    _send(stack, "/limited", protocol, operator=operator)


@pytest.mark.parametrize("operator", ["recommended", "careless"])
@pytest.mark.parametrize("protocol", CLIENTS)
@pytest.mark.parametrize(("path", "refusal"), REFUSALS)
def test_a_page_can_read_what_later_filters_refuse(
    stack: Stack, path: str, refusal: str, protocol: str, operator: str
) -> None:
    _exhaust_rate_limit(stack, protocol, operator)
    seen = _send(stack, path, protocol, operator=operator)
    assert f"{seen.response.status} {seen.access['details']}".startswith(refusal)
    assert seen.response.cors_headers() == _GRANTED
    assert seen.response.values("vary") == (VARY,)
    assert seen.reached == ()
    assert seen.metadata["verdict"] == "allow"


@pytest.mark.parametrize("path", ["/jwt", "/rbac", "/limited", "/down", "/nothing-here"])
@pytest.mark.parametrize("protocol", CLIENTS)
def test_preflights_are_answered_before_later_filters(
    stack: Stack, path: str, protocol: str
) -> None:
    listener = "recommended udp" if protocol == "HTTP/3" else "recommended tcp"
    asked = preflight("orders.test", SHOP, "PUT", path=path)
    seen = stack.send(asked, listener=listener, protocol=protocol)
    assert seen.response.status == 204
    assert seen.access["details"] == "ext_authz_denied"


@pytest.mark.parametrize("path", ["/jwt", "/down", "/nothing-here"])
def test_later_answers_to_requests_without_a_grant_carry_none(stack: Stack, path: str) -> None:
    seen = _send(stack, path, "HTTP/1.1", origin="http://orders.test")
    assert seen.response.status in (401, 404, 503)
    assert seen.response.cors_headers() == ()
    assert seen.response.values("vary") == (VARY,)


@pytest.mark.parametrize("operator", ["recommended", "careless"])
@pytest.mark.parametrize("status", [301, 304, 401, 404, 429, 500, 503])
def test_errors_of_the_upstream_carry_what_we_grant(
    stack: Stack, status: int, operator: str
) -> None:
    asked = from_origin("orders.test", SHOP).adding(answering(status))
    seen = stack.send(asked, listener=f"{operator} tcp")
    assert seen.response.status == status
    assert seen.response.cors_headers() == _GRANTED


UPSTREAM_VARY = [
    pytest.param((), ("Origin",), id="none"),
    pytest.param((("vary", "Accept-Encoding"),), ("Accept-Encoding,Origin",), id="another"),
    pytest.param((("vary", "A"), ("vary", "B")), ("A,B,Origin",), id="two lines"),
]


@pytest.mark.parametrize(("sent", "received"), UPSTREAM_VARY)
@pytest.mark.parametrize("origin", [SHOP, "http://orders.test"])
def test_vary_is_appended_to_the_upstreams(
    stack: Stack, sent: HeaderPairs, received: tuple[str, ...], origin: str
) -> None:
    asked = from_origin("orders.test", origin).adding(answering(200, sent))
    assert stack.send(asked, listener="careless tcp").response.values("vary") == received


UPSTREAM_CORS: list[object] = [
    pytest.param((), id="nothing"),
    pytest.param(CARELESS, id="everything"),
    pytest.param((("access-control-allow-origin", SHOP),), id="an echo"),
    pytest.param(
        (("access-control-allow-origin", "*"), ("access-control-allow-origin", SHOP)),
        id="two lines",
    ),
    pytest.param((("Access-Control-Allow-Origin", "null"),), id="upper case"),
]


@pytest.mark.parametrize("sent", UPSTREAM_CORS)
def test_what_we_grant_overwrites_what_the_upstream_says(stack: Stack, sent: HeaderPairs) -> None:
    asked = from_origin("orders.test", SHOP).adding(answering(200, sent))
    assert stack.send(asked, listener="careless tcp").response.cors_headers() == _GRANTED


@pytest.mark.parametrize("sent", UPSTREAM_CORS)
@pytest.mark.parametrize("origin", ["", "http://orders.test"])
def test_what_we_do_not_grant_is_emptied_where_it_stands(
    stack: Stack, sent: HeaderPairs, origin: str
) -> None:
    asked = from_origin("orders.test", origin).adding(answering(200, sent))
    left = stack.send(asked, listener="careless tcp").response.cors_headers()
    assert left == tuple((name, "") for name in sorted({name.lower() for name, _ in sent}))
