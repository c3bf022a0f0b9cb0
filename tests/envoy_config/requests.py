"""Requests, and what becomes of each in every Envoy whose configuration was written."""

from dataclasses import dataclass
from typing import Protocol

from tests.envoy_config.written import API, FOREIGN, SHOP, WANTS_POST
from tests.support.exchange import HeaderPairs, Response
from tests.support.upstream import CARELESS, Upstream

_UUID = "0123abcd-0123-4567-89ab-0123456789ab"
_HANDSHAKE: HeaderPairs = (
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
)
GRANTED: HeaderPairs = (
    ("access-control-allow-origin", SHOP[1]),
    ("access-control-expose-headers", "x-total"),
)
TOLD: HeaderPairs = tuple(sorted(CARELESS))
"""What the upstream says about CORS."""


class Gateway(Protocol):
    """A running Envoy."""

    @property
    def upstream(self) -> Upstream:
        """What is behind it."""

    def send(self, method: str, path: str, *headers: tuple[str, str], host: str) -> Response:
        """Send one request through it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One request and its outcome."""

    what: str
    status: int
    headers: HeaderPairs = ()
    method: str = "GET"
    path: str = "/orders/1"
    host: str = API
    cors: HeaderPairs = ()
    """The response's CORS headers, sorted."""
    varies: bool = True
    """Whether ``Vary`` names Origin."""
    reached: bool = True
    """Whether the upstream was asked."""


PREFLIGHT: HeaderPairs = (
    ("access-control-allow-methods", "GET, HEAD, POST"),
    ("access-control-allow-origin", SHOP[1]),
    ("access-control-max-age", "900"),
)

ROWS = (
    Row("an allowed preflight", 204, (SHOP, WANTS_POST), "OPTIONS", cors=PREFLIGHT, reached=False),
    Row("a foreign preflight", 403, (FOREIGN, WANTS_POST), "OPTIONS", reached=False),
    Row("an allowed request", 200, (SHOP,), cors=GRANTED),
    Row("an allowed request to a host with port", 200, (SHOP,), host=f"{API}:8443", cors=GRANTED),
    Row("an allowed request to a host with a dot", 200, (SHOP,), host=f"{API}.", cors=GRANTED),
    Row(
        "a dry run at a host with a dot",
        200,
        path="/trial",
        host=f"{API}.:80",
        cors=TOLD,
        varies=False,
    ),
    Row("an exact path", 200, (SHOP,), path="/v1/orders", cors=GRANTED),
    Row("a path of a long regex", 200, (SHOP,), path=f"/v2/orders/{_UUID}", cors=GRANTED),
    Row("a path with escapes", 200, (SHOP,), path="/caf%c3%a9/1", cors=GRANTED),
    Row("a path that has to be normalised", 200, (SHOP,), path="//x/.././orders", cors=GRANTED),
    Row("a subdomain", 200, (SHOP,), path="/", host="a.b.example.org", cors=GRANTED),
    Row("a foreign request", 403, (FOREIGN,), reached=False),
    Row("a foreign request below another path", 403, (FOREIGN,), path="/v1/orders", reached=False),
    Row("no Origin", 200),
    Row("no Origin at a subdomain", 200, path="/", host="a.example.org"),
    Row("an allowed handshake", 101, (SHOP, *_HANDSHAKE), cors=GRANTED),
    Row("a foreign handshake", 403, (FOREIGN, *_HANDSHAKE), reached=False),
    Row("a dry run", 200, (FOREIGN,), path="/trial", cors=TOLD, varies=False),
    Row("a dry run without Origin", 200, path="/trial", cors=TOLD, varies=False),
    Row("a dry run below a path", 200, (FOREIGN,), path="/orders/trial", cors=TOLD, varies=False),
    Row("a path of no group", 200, (FOREIGN,), path="/ordersx", cors=TOLD, varies=False),
    Row("a host of no group", 404, (SHOP,), host="example.org", varies=False, reached=False),
    Row("a redirect of escaped slashes", 307, path="/a%2forders", varies=False, reached=False),
)


def assert_becomes(gateway: Gateway, row: Row) -> None:
    """One request becomes what its row says."""
    before = len(gateway.upstream.requests)
    response = gateway.send(row.method, row.path, *row.headers, host=row.host)
    vary = ",".join(response.values("vary")).split(",")
    assert (response.status, response.cors_headers()) == (row.status, row.cors), row.what
    assert ("Origin" in vary) == row.varies, row.what
    assert (len(gateway.upstream.requests) > before) == row.reached, row.what
