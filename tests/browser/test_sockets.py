"""WebSockets: browsers check nothing here, so the handshake itself is refused."""

import pytest

from tests.browser.actions import web_socket
from tests.browser.call import Call, Outcome
from tests.browser.expectation import Case, Prove, decided
from tests.browser.origins import EVIL, HTTP2, OWN, SHOP, TRANSPORTS, Transport
from tests.browser.world import World


def _accepted(policy: str | None, kind: str = "websocket") -> Outcome:
    return Outcome("hello", ("GET 101",), ("GET",), (decided("allow", kind, policy=policy),))


def _refused(policy: str | None = None, reason: str = "origin_not_allowed") -> Outcome:
    return Outcome("blocked", ("GET 403",), (), (decided("deny", "websocket", reason, policy),))


SOCKETS = [
    Case("a listed origin", SHOP, web_socket("/storefront"), _accepted("storefront")),
    Case("a foreign origin", EVIL, web_socket("/storefront"), _refused()),
    Case("a foreign origin, headersOnly", EVIL, web_socket("/headers-only"), _refused()),
    Case("the API's own page", OWN, web_socket("/storefront"), _accepted(None, "same_origin")),
    Case("a policy for everybody, by itself", EVIL, web_socket("/public"), _refused()),
    Case(
        "a policy for everybody that acknowledges websocket-any-origin",
        EVIL,
        web_socket("/chat"),
        _accepted("anyone-socket"),
    ),
]


def _connect(world: World, page: str, transport: Transport) -> None:
    """Open the connection that handshakes use as well: without it, they open one of HTTP/1.1."""
    world.act(world.tab(page), Call("/connect", credentials="include"), transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", SOCKETS, ids=str)
def test_a_handshake_needs_a_policy_that_accepts_its_origin(
    world: World, prove: Prove, case: Case, transport: Transport
) -> None:
    if transport == HTTP2:
        _connect(world, HTTP2.api if case.page == OWN else case.page, transport)
    prove("WebSockets", case, transport)
