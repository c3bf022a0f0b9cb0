"""What a real Envoy asks about requests of many kinds, to be changed and asked again."""

from collections.abc import Iterator
from pathlib import Path

from cors_authz._generated.ext_authz_pb2 import CheckResponse, OkHttpResponse, Status
from tests.support.bootstrap import AUTHZ_CLUSTER, Listener, build_bootstrap, route
from tests.support.envoy import run_envoy
from tests.support.exchange import Request
from tests.support.recorder import run_recorder
from tests.support.stack import CLIENTS
from tests.support.upstream import run_upstream

_ALLOW = CheckResponse(status=Status(code=0), ok_response=OkHttpResponse()).SerializeToString()

_LISTENERS = (
    Listener("recommended", [route("/")]),
    Listener("careless", [route("/v1", group="orders"), route("/")], recommended=False),
    Listener("raw", [route("/")], recommended=False, authz={"encode_raw_headers": True}),
)
_PROTOCOLS = ("HTTP/1.1", "HTTP/2")

_HOSTS = ("api.example.com", "all.example.com", "quiet.example.com:8443", "dry.example.com")
_SHOP = ("origin", "https://shop.example.com")
_ASKS = (("access-control-request-method", "PUT"), ("access-control-request-headers", "x-one"))
_BROWSER = (("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("accept", "*/*"))
_SOCKET = (("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-version", "13"))


def _requests() -> Iterator[Request]:
    for host in _HOSTS:
        yield Request(host, "/invoices?id=1", "GET", (("cookie", "session=secret"), *_BROWSER))
        yield Request(host, "/orders", "PUT", (_SHOP, *_BROWSER))
        yield Request(host, "/v1/orders/%2e%2e/1", "OPTIONS", (_SHOP, *_ASKS, *_BROWSER))
        yield Request(host, "/orders", "GET", (("origin", "https://evil.example.net"), *_BROWSER))


def record_checks(directory: Path) -> tuple[bytes, ...]:
    """Serialised ``CheckRequest`` messages, exactly as Envoy sent them."""
    with run_upstream() as upstream, run_recorder(_ALLOW) as recorder:
        clusters = {AUTHZ_CLUSTER: recorder.port, "app": upstream.port}
        bootstrap = build_bootstrap(_LISTENERS, clusters, directory / "access.log")
        with run_envoy(bootstrap, directory) as envoy:
            for listener in _LISTENERS:
                port = envoy.ports[listener.name]
                for protocol in _PROTOCOLS:
                    for request in _requests():
                        CLIENTS[protocol](port, request)
                handshake = Request("all.example.com", "/", "GET", (_SHOP, *_SOCKET))
                CLIENTS["HTTP/1.1"](port, handshake)
        return tuple(recorder.checks)
