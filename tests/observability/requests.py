"""Checks that lead to decisions of every sort, under ``policies.yaml`` beside this module."""

from pathlib import Path

from cors_authz._generated.ext_authz_pb2 import AttributeContext, CheckRequest

POLICIES = Path(__file__).with_name("policies.yaml")

SHOP = "https://shop.example.com"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def check(host: str, method: str = "GET", path: str = "/orders/1", **headers: str) -> CheckRequest:
    """The check of one request; underscores in header names stand for hyphens."""
    http = AttributeContext.HttpRequest(
        id="7",
        method=method,
        scheme="https",
        host=host,
        path=path,
        protocol="HTTP/2",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    return CheckRequest(attributes=AttributeContext(request=AttributeContext.Request(http=http)))


CHECKS = {
    "actual": check("api.example.com", origin=SHOP, traceparent=f"00-{TRACE}-{TRACE[:16]}-01"),
    "same-origin": check("api.example.com", origin="https://api.example.com"),
    "no-origin": check("api.example.com", x_request_id="7d0a4bbd-68fb-4a0b-8c55-32e0d4e4a2b6"),
    "websocket": check("api.example.com", origin=SHOP, upgrade="websocket"),
    "preflight": check(
        "api.example.com",
        "OPTIONS",
        origin=SHOP,
        access_control_request_method="PUT",
        access_control_request_headers="authorization,x-one",
    ),
    "wrong-origin": check("api.example.com", origin="https://evil.example"),
    "malformed": check("api.example.com", "G\x7fT", "/\n\u20ac?q=1", origin="\r\n\u20ac" * 300),
    "no-host": check("", origin=SHOP),
    "no-group": check("elsewhere.example", origin=SHOP),
    "withheld": check("partners.example.com", "PUT", origin="https://partner.example.org"),
    "shadow-denial": check("trial.example.com", origin=SHOP),
    "shadow-agrees": check("trial.example.com", origin="http://insecure.example.net"),
}
