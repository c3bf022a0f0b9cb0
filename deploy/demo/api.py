"""The API that is being guarded: it knows nothing of CORS and says yes to everybody.

It does what it is told on a few paths, and answers every origin with headers that let any
page read any answer, cookies included. Nothing of cors-authz may live here.
"""

import base64
import hashlib
import json
from collections import deque
from collections.abc import Mapping

from deploy.demo.http11 import Headers, Request, Response

_DATA: Mapping[str, object] = {
    "/healthz": "ok",
    "/orders": [{"id": 1, "item": "teapot"}, {"id": 2, "item": "kettle"}],
    "/orders/1": {"id": 1, "item": "teapot"},
    "/payments": [],
    "/public/catalogue": ["teapot", "kettle", "cup"],
    "/reports/today": {"sold": 2, "revenue": "31.90"},
    "/invoices": [{"id": 7, "total": "31.90"}],
    "/admin/users": ["root"],
    "/status": "all systems go",
}
_LIVE = "/live"

_STATUS_OF_METHOD = {"POST": 201}
_STATUS_SWITCHING_PROTOCOLS = 101
_STATUS_NOT_FOUND = 404

_REMEMBERED_REQUESTS = 1000

_WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 section 1.3."""
_WEBSOCKET_NEWS = b"\x81\x0ateapot: 1!"
"""A text frame that is not masked, as servers send them (RFC 6455 section 5.2)."""
_WEBSOCKET_CLOSE = b"\x88\x02\x03\xe8"
"""A close frame with status 1000."""


class CarelessApi:
    """Answers requests, and remembers by their ids which ones it got to see."""

    def __init__(self) -> None:
        self._seen: deque[str] = deque(maxlen=_REMEMBERED_REQUESTS)

    def has_seen(self, request_id: str) -> bool:
        """Whether the request to which Envoy gave this id arrived here, lately."""
        return request_id in self._seen

    async def answer(self, request: Request) -> Response:
        """Do whatever is asked, for whoever asks."""
        self._seen.append(request.header("x-request-id") or "")
        if request.path == _LIVE and request.header("upgrade") == "websocket":
            return _accept_websocket(request)
        cors = _careless_headers(request)
        if request.path not in _DATA:
            return _json(_STATUS_NOT_FOUND, cors, {"error": "there is nothing here"})
        content = {
            "done": f"{request.method} {request.path}",
            "data": _DATA[request.path],
            "sawCookie": request.header("cookie") is not None,
        }
        return _json(_STATUS_OF_METHOD.get(request.method, 200), cors, content)


def _careless_headers(request: Request) -> Headers:
    """What is often seen in the wild: the origin echoed, credentials and all."""
    return (
        ("access-control-allow-origin", request.header("origin") or "*"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE"),
        ("access-control-allow-headers", "*, authorization, content-type, x-client, x-debug"),
        ("access-control-expose-headers", "*"),
    )


def _json(status: int, headers: Headers, content: object) -> Response:
    own: Headers = (
        ("content-type", "application/json"),
        ("vary", "Accept-Encoding"),
        ("x-total-count", "2"),
        # Of cookies across sites, browsers still take those that are partitioned.
        ("set-cookie", "session=demo; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"),
    )
    return Response(status, (*headers, *own), json.dumps(content).encode())


def _accept_websocket(request: Request) -> Response:
    """Complete the handshake (RFC 6455 section 4.2.2), say one thing and hang up."""
    key = (request.header("sec-websocket-key") or "") + _WEBSOCKET_GUID
    # The RFC asks for SHA-1 here; nothing rests on its strength.
    digest = hashlib.sha1(key.encode("latin-1"), usedforsecurity=False).digest()
    headers = (
        *_careless_headers(request),
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-accept", base64.b64encode(digest).decode()),
    )
    return Response(_STATUS_SWITCHING_PROTOCOLS, headers, _WEBSOCKET_NEWS + _WEBSOCKET_CLOSE)
