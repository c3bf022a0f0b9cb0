"""What every gateway has to do with the example's policies, however it is configured."""

from tests.deploy.translated import FOREIGN, SHOP, WANTS_POST, Gateway
from tests.support.child import stop


def assert_enforces(gateway: Gateway) -> None:
    """The policies are enforced, and the upstream's own CORS headers never get through."""
    answered = gateway.send("OPTIONS", "/orders/1", SHOP, WANTS_POST)
    assert answered.status == 204
    assert answered.values("access-control-allow-origin") == (SHOP[1],)

    refused = gateway.send("OPTIONS", "/orders/1", FOREIGN, WANTS_POST)
    assert (refused.status, refused.cors_headers()) == (403, ())
    assert gateway.send("GET", "/orders/1", FOREIGN).status == 403
    assert gateway.upstream.requests == []

    allowed = gateway.send("GET", "/orders/1", SHOP)
    assert (allowed.status, allowed.body) == (200, b"from upstream")
    assert allowed.cors_headers() == (
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-origin", SHOP[1]),
    )
    assert allowed.values("vary") == ("Origin",)

    plain = gateway.send("GET", "/orders/1")
    assert (plain.status, plain.cors_headers()) == (200, ())


def assert_checks_what_no_route_takes(gateway: Gateway) -> None:
    """The catch-alls are checked, of the API's own host and of others."""
    for host, path in (("api.example.com", "/nothing"), ("other.example.com", "/")):
        mark = gateway.sidecar.decisions.mark()
        assert gateway.send("GET", path, SHOP, host=host).status == 404
        assert [d["reason"] for d in gateway.sidecar.decisions.wait_since(mark)] == ["no_group"]


def assert_fails_closed(gateway: Gateway) -> None:
    """Without cors-authz every request is refused; this ends it."""
    stop(gateway.sidecar.process)
    reached = len(gateway.upstream.requests)
    assert gateway.send("GET", "/orders/1", SHOP).status == 503
    assert gateway.send("GET", "/orders/1").status == 503
    assert len(gateway.upstream.requests) == reached
