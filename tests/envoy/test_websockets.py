"""WebSocket handshakes through Envoy: HTTP/1.1 upgrades and HTTP/2 extended CONNECT."""

import io

import pytest

from tests.envoy.expectation import (
    EVIL,
    PARTNER,
    SHOP,
    Decided,
    Expected,
    facts,
    from_origin,
    passes,
    refused,
    untouched,
)
from tests.support import http1
from tests.support.exchange import HeaderPairs, Request, Response
from tests.support.http2 import open_http2
from tests.support.stack import Stack
from tests.support.upstream import frame, read_frame

_UPGRADE: HeaderPairs = (
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
)
_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""What RFC 6455 1.3 answers to that key."""

_MESSAGE = b"hello"

HANDSHAKES = [
    pytest.param(
        from_origin("orders.test", SHOP),
        passes(
            Decided("allow", "websocket", "allowed", "orders", "storefront"),
            allow_origin=SHOP,
            allow_credentials="true",
            expose_headers="x-total, x-page",
        ),
        id="a listed origin is accepted",
    ),
    pytest.param(
        from_origin("orders.test", EVIL),
        refused(Decided("deny", "websocket", "origin_not_allowed", "orders", None)),
        id="a foreign origin is refused",
    ),
    pytest.param(
        from_origin("catalogue.test", SHOP),
        refused(Decided("deny", "websocket", "origin_not_allowed", "catalogue", None)),
        id="a policy for every origin refuses handshakes",
    ),
    pytest.param(
        from_origin("chat.test", EVIL),
        passes(Decided("allow", "websocket", "allowed", "chat", "anyone-socket"), allow_origin="*"),
        id="unless it acknowledges the danger",
    ),
    pytest.param(
        from_origin("fallback.test", SHOP),
        passes(
            Decided("allow", "websocket", "allowed", "fallback", "storefront"),
            allow_origin=SHOP,
            allow_credentials="true",
            expose_headers="x-total, x-page",
        ),
        id="a later policy that lists the origin decides then",
    ),
    pytest.param(
        from_origin("posts.test", SHOP),
        refused(
            Decided("deny", "websocket", "method_not_allowed", "posts", "post-only"),
            allow_origin=SHOP,
        ),
        id="a handshake is a GET",
    ),
    pytest.param(
        from_origin("soft.test", EVIL),
        refused(Decided("deny", "websocket", "origin_not_allowed", "soft", None)),
        id="headersOnly refuses handshakes, since no browser check follows",
    ),
    pytest.param(
        from_origin("mixed.test", PARTNER),
        passes(
            Decided("allow", "websocket", "allowed", "mixed", "soft-partner"),
            allow_origin=PARTNER,
        ),
        id="headersOnly accepts what is allowed",
    ),
    pytest.param(
        from_origin("dry.test", EVIL),
        untouched(Decided("allow", "websocket", "allowed", "dry", None)),
        id="a group that only reports refuses nothing",
    ),
    pytest.param(
        Request("orders.test"),
        passes(Decided("allow", "non_cors", "allowed", "orders", None)),
        id="a handshake without Origin comes from no browser",
    ),
    pytest.param(
        from_origin("orders.test", "http://orders.test"),
        passes(Decided("allow", "same_origin", "allowed", "orders", None)),
        id="the page's own origin is accepted",
    ),
    pytest.param(
        from_origin("orders.test", f"{SHOP},{EVIL}"),
        refused(Decided("deny", "malformed", "origin_malformed", "orders", None)),
        id="a malformed origin is refused",
    ),
    pytest.param(
        from_origin("elsewhere.test", EVIL),
        untouched(Decided("allow", "websocket", "no_group", None, None)),
        id="what belongs to no group is left alone",
    ),
]


def _upgrade(port: int, request: Request) -> Response:
    """Shake hands over HTTP/1.1; where that succeeds, have a message echoed as body."""
    request = request.adding(*_UPGRADE)
    with http1.connect(port) as connection:
        connection.sendall(http1.encode(request))
        response = http1.receive(connection, request.method)
        if response.status == 101:
            connection.sendall(frame(_MESSAGE, masked=True))
            with connection.makefile("rb") as stream:
                return Response(101, response.headers, read_frame(stream) or b"")
        return response


def _extended_connect(port: int, request: Request) -> Response:
    """Likewise over HTTP/2 (RFC 8441); the success status 200 is told as 101."""
    pseudo: HeaderPairs = (
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "http"),
        (":authority", request.host),
        (":path", request.path),
    )
    with open_http2(port) as connection:
        version: HeaderPairs = (("sec-websocket-version", "13"),)
        stream = connection.request(pseudo, (*request.headers, *version), end=False)
        head = stream.receive_head()
        if head.status != 200:
            return stream.receive()
        stream.send(frame(_MESSAGE, masked=True))
        echo = io.BytesIO(stream.receive_bytes(len(frame(_MESSAGE))))
        return Response(101, head.headers, read_frame(echo) or b"")


_CLIENTS = {"HTTP/1.1": _upgrade, "HTTP/2": _extended_connect}


@pytest.mark.parametrize("operator", ["recommended", "careless"])
@pytest.mark.parametrize("protocol", _CLIENTS)
@pytest.mark.parametrize(("request_", "expected"), HANDSHAKES)
def test_a_handshake_is_held_to_the_policies(
    stack: Stack, request_: Request, expected: Expected, protocol: str, operator: str
) -> None:
    port = stack.envoy.ports[f"{operator} tcp"]
    seen = stack.observe(request_, lambda probing: _CLIENTS[protocol](port, probing))
    wanted = expected.facts(request_, stripped=operator == "recommended")
    if expected.upstream:
        wanted |= {"status": 101, "body": _MESSAGE}
    assert facts(seen, request_) == wanted


def test_the_handshake_itself_is_the_upstreams(stack: Stack) -> None:
    asked = from_origin("orders.test", SHOP)
    port = stack.envoy.ports["recommended tcp"]
    seen = stack.observe(asked, lambda probing: _upgrade(port, probing))
    assert seen.response.values("sec-websocket-accept") == (_ACCEPT,)
    assert seen.reached[0].value("origin") == SHOP
