"""Hostile Origins, hosts and preflights through Envoy: what arrives is denied, never echoed."""

import time

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
    preflight_granted,
    preflight_refused,
    refused,
)
from tests.support import http1
from tests.support.exchange import HeaderPairs, RefusedError, Request, Response
from tests.support.stack import CLIENTS, PROBE, UNCHECKED_WAIT_S, Stack

_ORIGIN_MALFORMED = refused(Decided("deny", "malformed", "origin_malformed", "orders", None))
_TOO_LONG = refused(Decided("deny", "malformed", "limit_exceeded", "orders", None))
_NO_HOST = refused(Decided("deny", "malformed", "request_malformed", None, None))
_GRANTED = passes(
    Decided("allow", "actual", "allowed", "orders", "storefront"),
    allow_origin=SHOP,
    allow_credentials="true",
    expose_headers="x-total, x-page",
)

EVERYWHERE = list(CLIENTS)
MULTIPLEXED = ["HTTP/2", "HTTP/3"]


def _listener(protocol: str) -> str:
    return "careless udp" if protocol == "HTTP/3" else "careless tcp"


def _origins(*values: str) -> HeaderPairs:
    return tuple(("origin", value) for value in values)


MALFORMED_ORIGINS = {
    "two lines": _origins(SHOP, EVIL),
    "two equal lines": _origins(SHOP, SHOP),
    "a comma": _origins(f"{SHOP}, {EVIL}"),
    "a blank inside": _origins("https://shop. example.com"),
    "two origins and a blank": _origins(f"{SHOP} {EVIL}"),
    "a path": _origins(f"{SHOP}/"),
    "a query": _origins(f"{SHOP}?"),
    "a fragment": _origins(f"{SHOP}#"),
    "userinfo": _origins("https://shop.example.com@evil.example.net"),
    "upper case": _origins("https://SHOP.example.com"),
    "no scheme": _origins("shop.example.com"),
    "no host": _origins("https://"),
    "a port without number": _origins(f"{SHOP}:"),
    "a port too high": _origins(f"{SHOP}:65536"),
    "an empty label": _origins("https://shop..example.com"),
    "percent-encoded line breaks": _origins(f"{SHOP}%0d%0ax-evil:%201"),
    "a backslash": _origins("https://evil.example.net\\.shop.example.com"),
    "a star": _origins("*"),
    "markup": _origins("https://<script>"),
    "not null": _origins("Null"),
    "512 bytes": _origins("https://" + "a" * 500 + ".com"),
}


@pytest.mark.parametrize("protocol", EVERYWHERE)
@pytest.mark.parametrize("origin", MALFORMED_ORIGINS)
def test_an_origin_that_is_none_is_denied(stack: Stack, origin: str, protocol: str) -> None:
    sent = Request("orders.test", headers=MALFORMED_ORIGINS[origin])
    seen = stack.send(sent, listener=_listener(protocol), protocol=protocol)
    assert facts(seen, sent) == _ORIGIN_MALFORMED.facts(sent, stripped=False)


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
@pytest.mark.parametrize("origin", ["https://\xff.com", "https://sh\xc3\xb6p.example.com"])
def test_an_origin_beyond_ascii_is_denied(stack: Stack, origin: str, protocol: str) -> None:
    sent = from_origin("orders.test", origin)
    seen = stack.send(sent, listener=_listener(protocol), protocol=protocol)
    assert facts(seen, sent) == _ORIGIN_MALFORMED.facts(sent, stripped=False)


@pytest.mark.parametrize("origin", [f" {SHOP}", f"{SHOP} ", f"\t{SHOP}", f"{SHOP}\t"])
@pytest.mark.parametrize("protocol", EVERYWHERE)
def test_outer_blanks_are_part_of_the_origin_unless_the_protocol_trims_them(
    stack: Stack, origin: str, protocol: str
) -> None:
    sent = from_origin("orders.test", origin)
    seen = stack.send(sent, listener=_listener(protocol), protocol=protocol)
    expected = _GRANTED if protocol == "HTTP/1.1" else _ORIGIN_MALFORMED
    assert facts(seen, sent) == expected.facts(sent, stripped=False)


@pytest.mark.parametrize("protocol", EVERYWHERE)
@pytest.mark.parametrize("length_bytes", [513, 60_000])
def test_an_origin_over_the_limit_is_denied_and_logged_in_part(
    stack: Stack, length_bytes: int, protocol: str
) -> None:
    origin = "https://".ljust(length_bytes - 4, "a") + ".com"
    sent = from_origin("orders.test", origin)
    seen = stack.send(sent, listener=_listener(protocol), protocol=protocol)
    assert facts(seen, sent) == _TOO_LONG.facts(sent, stripped=False)
    assert seen.decision is not None
    assert seen.decision["origin"] == origin[:512]


def _refused_by_envoy(stack: Stack, request: Request, protocol: str) -> Response | None:
    """Send what Envoy itself should refuse; nobody behind it may hear of it."""
    decisions = stack.sidecar.decisions.mark()
    port = stack.envoy.ports[_listener(protocol)]
    try:
        response = CLIENTS[protocol](port, request.adding((PROBE, "refused")))
    except RefusedError:
        response = None
    time.sleep(UNCHECKED_WAIT_S)
    assert stack.sidecar.decisions.since(decisions) == ()
    assert not [r for r in stack.upstream.requests if r.value(PROBE) == "refused"]
    return response


@pytest.mark.parametrize("protocol", MULTIPLEXED)
@pytest.mark.parametrize(
    "injected", ["\r\nx-evil: 1", "\nx-evil: 1", "\rx", "\r\n .evil.example.net", "\0"]
)
def test_line_breaks_in_an_origin_close_the_connection(
    stack: Stack, injected: str, protocol: str
) -> None:
    sent = from_origin("orders.test", SHOP + injected)
    assert _refused_by_envoy(stack, sent, protocol) is None


@pytest.mark.parametrize("injected", ["\0", "\x01", "\x7f"])
def test_control_characters_in_an_http1_origin_are_a_bad_request(
    stack: Stack, injected: str
) -> None:
    sent = from_origin("orders.test", SHOP + injected)
    response = _refused_by_envoy(stack, sent, "HTTP/1.1")
    assert response is not None
    assert response.status == 400


HTTP1_LINE_BREAKS = [
    pytest.param("\r\nx-evil: 1", _GRANTED, id="CR LF begins another header"),
    pytest.param("\nx-evil: 1", _GRANTED, id="so does LF"),
    pytest.param("\r\n .evil.example.net", _ORIGIN_MALFORMED, id="a folded line is a blank"),
    pytest.param(
        "\r.evil.example.net",
        refused(Decided("deny", "actual", "origin_not_allowed", "orders", None)),
        id="CR alone is dropped, and what follows is part of the origin",
    ),
]


@pytest.mark.parametrize(("injected", "expected"), HTTP1_LINE_BREAKS)
def test_line_breaks_in_an_http1_origin_never_come_back(
    stack: Stack, injected: str, expected: Expected
) -> None:
    sent = from_origin("orders.test", SHOP + injected)
    seen = stack.send(sent, listener="careless tcp")
    assert facts(seen, sent) == expected.facts(sent, stripped=False)
    assert seen.response.values("x-evil") == ()


HOSTS = [
    "orders.test:99999",
    "orders.test:0443",
    "orders.test:",
    "orders.test..",
    "orders.test,evil.test",
    "[::zz]",
    "orders..test",
    "a" * 300,
]


@pytest.mark.parametrize("protocol", EVERYWHERE)
@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_is_none_is_denied(stack: Stack, host: str, protocol: str) -> None:
    sent = from_origin(host, SHOP)
    seen = stack.send(sent, listener=_listener(protocol), protocol=protocol)
    assert facts(seen, sent) == _NO_HOST.facts(sent, stripped=False)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(from_origin("user:secret@orders.test", SHOP), id="userinfo"),
        pytest.param(from_origin("", SHOP), id="empty"),
        pytest.param(from_origin("orders.test", SHOP).adding(("host", "evil.test")), id="two"),
    ],
)
def test_a_host_that_only_http1_can_send_is_denied(stack: Stack, sent: Request) -> None:
    seen = stack.send(sent, listener="careless tcp")
    assert facts(seen, sent) == _NO_HOST.facts(sent, stripped=False)
    assert seen.decision is not None
    assert "secret" not in seen.decision["host"]


def _asking(value: str) -> Request:
    asked = preflight("orders.test", SHOP, "PUT")
    return asked.adding(("access-control-request-headers", value))


def _names(count: int) -> str:
    return ",".join(f"x-{number}" for number in range(count))


_HEADERS_MALFORMED = preflight_refused(
    Decided("deny", "preflight", "request_malformed", "orders", None)
)
_HEADERS_TOO_MANY = preflight_refused(
    Decided("deny", "preflight", "limit_exceeded", "orders", None)
)
_HEADER_DENIED = preflight_refused(
    Decided("deny", "preflight", "header_not_allowed", "orders", "storefront")
)
_PREFLIGHT_GRANTED = preflight_granted(
    Decided("allow", "preflight", "allowed", "orders", "storefront"),
    allow_origin=SHOP,
    allow_credentials="true",
    allow_methods="GET, HEAD, POST, PUT",
    allow_headers="authorization, content-type",
    max_age="600",
)

HOSTILE_PREFLIGHTS = [
    pytest.param(_asking("content type"), _HEADERS_MALFORMED, id="no token"),
    pytest.param(_asking("x(y)"), _HEADERS_MALFORMED, id="a parenthesis"),
    pytest.param(_asking("*"), _HEADER_DENIED, id="a star is only a name"),
    pytest.param(_asking(_names(64)), _HEADER_DENIED, id="64 names"),
    pytest.param(_asking(_names(65)), _HEADERS_TOO_MANY, id="65 names"),
    pytest.param(_asking("x" * 4096), _HEADER_DENIED, id="4096 bytes"),
    pytest.param(_asking("x" * 4097), _HEADERS_TOO_MANY, id="4097 bytes"),
    pytest.param(_asking("content-type" + "," * 16), _PREFLIGHT_GRANTED, id="16 empty elements"),
    pytest.param(_asking("content-type" + "," * 17), _HEADERS_TOO_MANY, id="17 empty elements"),
    pytest.param(_asking(" Content-Type \t,\tAUTHORIZATION"), _PREFLIGHT_GRANTED, id="blanks"),
    pytest.param(
        preflight("orders.test", SHOP, "PUT").adding(("access-control-request-method", "GET")),
        refused(Decided("deny", "malformed", "request_malformed", "orders", None)),
        id="two requested methods",
    ),
    pytest.param(preflight("orders.test", SHOP, "P" * 65), _TOO_LONG, id="a method of 65 bytes"),
    pytest.param(
        preflight("orders.test", f"{SHOP},{EVIL}", "PUT"),
        refused(Decided("deny", "malformed", "origin_malformed", "orders", None)),
        id="two origins",
    ),
]


@pytest.mark.parametrize("protocol", EVERYWHERE)
@pytest.mark.parametrize(("sent", "expected"), HOSTILE_PREFLIGHTS)
def test_a_hostile_preflight_is_denied_within_limits(
    stack: Stack, sent: Request, expected: Expected, protocol: str
) -> None:
    seen = stack.send(sent, listener=_listener(protocol), protocol=protocol)
    assert facts(seen, sent) == expected.facts(sent, stripped=False)


STRIPPED_ORIGIN = [
    pytest.param((("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")), id="cross-site"),
    pytest.param((("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")), id="same-site"),
]


@pytest.mark.parametrize("protocol", EVERYWHERE)
@pytest.mark.parametrize("metadata", STRIPPED_ORIGIN)
def test_an_origin_that_was_stripped_on_the_way_is_missing(
    stack: Stack, metadata: HeaderPairs, protocol: str
) -> None:
    sent = Request("orders.test", headers=metadata)
    seen = stack.send(sent, listener=_listener(protocol), protocol=protocol)
    expected = refused(Decided("deny", "non_cors", "origin_missing", "orders", None))
    assert facts(seen, sent) == expected.facts(sent, stripped=False)


def test_a_preflight_that_lost_its_origin_is_denied(stack: Stack) -> None:
    sent = Request("orders.test", "/", "OPTIONS", (("access-control-request-method", "PUT"),))
    seen = stack.send(sent, listener="careless tcp")
    expected = refused(Decided("deny", "non_cors", "origin_missing", "orders", None))
    assert facts(seen, sent) == expected.facts(sent, stripped=False)


HARMLESS = [
    pytest.param((("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")), id="link"),
    pytest.param((("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")), id="image"),
    pytest.param((("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")), id="own"),
    pytest.param((("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")), id="typed"),
]


@pytest.mark.parametrize("metadata", HARMLESS)
def test_requests_that_browsers_send_without_origin_pass(
    stack: Stack, metadata: HeaderPairs
) -> None:
    sent = Request("orders.test", headers=metadata)
    seen = stack.send(sent, listener="careless tcp")
    expected = passes(Decided("allow", "non_cors", "allowed", "orders", None))
    assert facts(seen, sent) == expected.facts(sent, stripped=False)


@pytest.mark.parametrize("method", ["options", "get"])
@pytest.mark.parametrize("protocol", MULTIPLEXED)
def test_a_method_in_lower_case_is_another_method(stack: Stack, method: str, protocol: str) -> None:
    sent = from_origin("orders.test", SHOP, method).adding(("access-control-request-method", "GET"))
    seen = stack.send(sent, listener=_listener(protocol), protocol=protocol)
    expected = refused(
        Decided("deny", "actual", "method_not_allowed", "orders", "storefront"),
        allow_origin=SHOP,
        allow_credentials="true",
    )
    assert facts(seen, sent) == expected.facts(sent, stripped=False)


def test_secrets_stay_out_of_the_log(stack: Stack) -> None:
    sent = from_origin("orders.test", "https://me:hunter2@evil.example.net", "GET", "/a?k=hunter2")
    sent = sent.adding(("cookie", "s=hunter2"), ("authorization", "Bearer hunter2"))
    seen = stack.send(sent, listener="careless tcp")
    assert "hunter2" not in str(seen.decision)


def test_http10_is_a_version_of_its_own(stack: Stack) -> None:
    def send(request: Request) -> Response:
        with http1.connect(stack.envoy.ports["careless tcp"]) as connection:
            connection.sendall(http1.encode(request, version="HTTP/1.0"))
            return http1.receive(connection, request.method)

    sent = from_origin("http1.test", SHOP)
    expected = refused(
        Decided("deny", "actual", "protocol_not_allowed", "http1", "http1"), allow_origin=SHOP
    )
    assert facts(stack.observe(sent, send), sent) == expected.facts(sent, stripped=False)
