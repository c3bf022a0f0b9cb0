"""An HTTP/1.1 service that is careless about CORS and records every request it gets."""

import hashlib
import json
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.support.exchange import HeaderPairs

CARELESS: HeaderPairs = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-credentials", "true"),
    ("access-control-expose-headers", "x-secret"),
)
"""What the service says about CORS unless the request wants something else."""

ECHOING: HeaderPairs = (
    ("access-control-allow-origin", "{origin}"),
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE, {method}"),
    ("access-control-allow-headers", "{headers}"),
    ("access-control-expose-headers", "x-total, x-page, x-secret"),
)
"""What the service can say instead: yes to whatever a browser asks, even with credentials."""

_PLACEHOLDERS = {
    "{origin}": ("origin", "*"),
    "{method}": ("access-control-request-method", "GET"),
    "{headers}": ("access-control-request-headers", "*"),
    "{cookie}": ("cookie", "no cookie"),
}
"""What of the request stands for a name in braces, or what else."""

BODY = b"from upstream"

_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

_WISH = "x-answer"
_WISH_PARAMETER = "answer"
_PAUSE_S = 0.05
_WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 1.3."""


def answering(status: int = 200, headers: HeaderPairs = CARELESS) -> tuple[str, str]:
    """The request header that makes the service answer so."""
    return (_WISH, json.dumps({"status": status, "headers": headers}))


def answer_query(
    status: int = 200,
    more: HeaderPairs = (),
    *,
    body: str | bytes = BODY,
    pieces: tuple[str, ...] = (),
) -> str:
    """The query that makes the service answer so, for clients that cannot send the header.

    ``more`` headers come after what the service says about CORS; ``pieces`` are a body that
    is sent with pauses in between. In headers and a body of text, ``{cookie}`` stands for the
    cookies of the request, ``{origin}`` for its Origin.
    """
    content = {"body": body} if isinstance(body, str) else {"base64": b64encode(body).decode()}
    wish = {"status": status, "more": more, "pieces": pieces, **content}
    return f"{_WISH_PARAMETER}={quote(json.dumps(wish))}"


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request that reached the service; header names in lower case."""

    method: str
    path: str
    headers: HeaderPairs
    body_bytes: int = 0

    def value(self, name: str) -> str | None:
        """The value of the first line of a header."""
        return next((v for n, v in self.headers if n == name), None)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A running service."""

    port: int
    requests: list[RecordedRequest] = field(default_factory=list)


@contextmanager
def run_upstream(careless: HeaderPairs = CARELESS) -> Iterator[Upstream]:
    """Serve on a free port of loopback until the block is left.

    ``careless`` is what the service says about CORS.
    """

    class Handler(_Handler):
        requests: list[RecordedRequest] = []  # noqa: RUF012
        said_about_cors = careless

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Upstream(server.server_address[1], Handler.requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests: list[RecordedRequest]
    said_about_cors: HeaderPairs

    def __getattr__(self, name: str) -> object:
        """Answer every method, standard or not."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.requests.append(RecordedRequest(self.command, self.path, headers, len(body)))
        if self.headers.get("upgrade", "").lower() == "websocket":
            self._accept_websocket()
        else:
            self._answer_as_wished()

    def _answer_as_wished(self) -> None:
        wish = self._wish()
        status = wish.get("status", 200)
        body = b64decode(wish["base64"]) if "base64" in wish else BODY
        if "body" in wish:
            body = self._fill_in(wish["body"]).encode()
        pieces = wish.get("pieces") or ()
        self.send_response(status)
        self._send_headers(wish.get("headers", self.said_about_cors))
        self._send_headers(wish.get("more", ()))
        if pieces:
            self.send_header("transfer-encoding", "chunked")
        elif status not in _BODILESS:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if pieces:
            self._send_pieces(pieces)
        elif self.command != "HEAD" and status not in _BODILESS:
            self.wfile.write(body)

    def _wish(self) -> dict[str, Any]:
        in_query = parse_qs(urlsplit(self.path).query).get(_WISH_PARAMETER, ["{}"])
        wish: dict[str, Any] = json.loads(self.headers.get(_WISH, in_query[0])) or {}
        return wish

    def _send_pieces(self, pieces: list[str]) -> None:
        for piece in pieces:
            self.wfile.write(f"{len(piece.encode()):x}\r\n{piece}\r\n".encode())
            self.wfile.flush()
            time.sleep(_PAUSE_S)
        self.wfile.write(b"0\r\n\r\n")

    def _accept_websocket(self) -> None:
        challenge = self.headers.get("sec-websocket-key", "") + _WEBSOCKET_GUID
        accept = b64encode(hashlib.sha1(challenge.encode()).digest()).decode()
        self.send_response(101)
        self._send_headers((("upgrade", "websocket"), ("connection", "upgrade")))
        self._send_headers((("sec-websocket-accept", accept), *self.said_about_cors))
        self.end_headers()
        self.close_connection = True
        while (message := read_frame(self.rfile)) is not None:
            self.wfile.write(frame(message))

    def _send_headers(self, headers: HeaderPairs) -> None:
        for name, value in headers:
            self.send_header(name, self._fill_in(value))

    def _fill_in(self, text: str) -> str:
        """Put what the request holds in the place of the names in braces."""
        for placeholder, (name, default) in _PLACEHOLDERS.items():
            text = text.replace(placeholder, self.headers.get(name) or default)
        return text


def frame(message: bytes, *, masked: bool = False) -> bytes:
    """A WebSocket text frame of at most 125 bytes (RFC 6455 5.2); the mask, if any, is zero."""
    return bytes([0x81, len(message) | (0x80 if masked else 0)]) + bytes(4 * masked) + message


def read_frame(stream: BufferedIOBase) -> bytes | None:
    """Read a short text frame; ``None`` for any other, and at the end of the stream."""
    head = stream.read(2)
    if len(head) < 2 or head[0] != 0x81:
        return None
    mask = stream.read(4) if head[1] & 0x80 else bytes(4)
    payload = stream.read(head[1] & 0x7F)
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
