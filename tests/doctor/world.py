"""Everything that runs for the fixtures, and the requests that are sent through it."""

import socket
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.doctor.services import Services
from tests.support.bootstrap import Json
from tests.support.envoy import Envoy
from tests.support.exchange import Request, Response
from tests.support.http1 import connect, encode, receive, send_http1
from tests.support.upstream import Upstream

HOST = "api.test"
SHOP = "https://shop.example.com"
PARTNER = "https://partner.example.com"
EVIL = "https://evil.example.net"

_HANDSHAKE = (
    ("connection", "upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
)


@dataclass(frozen=True, slots=True)
class World:
    """An Envoy with a listener per configuration, and what it talks to."""

    envoy: Envoy
    upstream: Upstream
    services: Services
    bootstraps: Mapping[str, Json]
    """What the listener of this name would be alone, with its clusters."""

    def send(self, listener: str, request: Request) -> Response:
        return send_http1(self.envoy.ports[listener], request)

    def send_raw(self, listener: str, request: Request) -> bytes:
        """All bytes that are received until the connection is closed."""
        with connect(self.envoy.ports[listener]) as connection:
            connection.sendall(encode(request))
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def reaches(self, listener: str, request: Request) -> bool:
        """Whether a request gets to the service."""
        probe = uuid.uuid4().hex
        self.send(listener, request.adding(("x-probe", probe)))
        return any(seen.value("x-probe") == probe for seen in self.upstream.requests)

    def statuses(self, listener: str, count: int, *, at_once: int = 1) -> list[int]:
        """The statuses of so many requests of the shop's page."""
        with ThreadPoolExecutor(at_once) as pool:
            asked = [pool.submit(self.send, listener, get(SHOP)) for _ in range(count)]
            return [each.result().status for each in asked]

    def answers_within(self, listener: str, seconds: float) -> bool:
        """Whether a request of the shop's page has an answer by then."""
        address = ("127.0.0.1", self.envoy.ports[listener])
        with socket.create_connection(address, timeout=seconds) as connection:
            connection.sendall(encode(get(SHOP)))
            try:
                receive(connection, "GET")
            except TimeoutError:
                return False
        return True


def get(origin: str | None, path: str = "/", *headers: tuple[str, str]) -> Request:
    """A request that the page of an origin makes."""
    own = () if origin is None else (("origin", origin),)
    return Request(HOST, path, headers=(*own, *headers))


def post(origin: str, body: bytes) -> Request:
    """Likewise, with a body."""
    return Request(HOST, "/", "POST", (("origin", origin),), body)


def preflight(origin: str, path: str = "/", *headers: tuple[str, str]) -> Request:
    """What a browser asks before a page may post."""
    asking = (("origin", origin), ("access-control-request-method", "POST"))
    return Request(HOST, path, "OPTIONS", (*asking, *headers))


def handshake(origin: str, path: str = "/") -> Request:
    """The start of a WebSocket."""
    return Request(HOST, path, headers=(("origin", origin), *_HANDSHAKE))
