"""A shared cache in front of Envoy, as a content delivery network would be.

It keeps what RFC 9111 lets it keep, and nothing else of that document matters here: answers
of 200 to GET with ``max-age``, one per combination of the request headers that they vary by.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class _Stored:
    """An answer, and what a request must be like to get it (RFC 9111 section 4.1)."""

    varying: Mapping[str, str | None]
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def fits(self, asked: Message) -> bool:
        return all(asked.get(name) == value for name, value in self.varying.items())


@dataclass(slots=True)
class _Store:
    origin_port: int
    answers: dict[str, list[_Stored]] = field(default_factory=dict)

    def answer(self, method: str, path: str, asked: Message) -> _Stored:
        """From what is stored, or else from the origin."""
        if method == "GET":
            for stored in self.answers.get(path, ()):
                if stored.fits(asked):
                    return stored
        fetched = self._fetch(method, path, asked)
        if method == "GET" and fetched.status == 200 and _may_be_kept(fetched.headers):
            self.answers.setdefault(path, []).append(fetched)
        return fetched

    def _fetch(self, method: str, path: str, asked: Message) -> _Stored:
        connection = HTTPConnection("127.0.0.1", self.origin_port, timeout=_TIMEOUT_S)
        connection.request(method, path, headers=dict(asked.items()))
        response = connection.getresponse()
        body = response.read()
        connection.close()
        names = [name.strip() for name in response.headers.get("vary", "").split(",") if name]
        return _Stored(
            varying={name: asked.get(name) for name in names},
            status=response.status,
            headers=tuple(response.headers.items()),
            body=body,
        )


def _may_be_kept(headers: tuple[tuple[str, str], ...]) -> bool:
    said = ",".join(value for name, value in headers if name.lower() == "cache-control")
    return "max-age=" in said and "no-store" not in said


@contextmanager
def run_shared_cache(origin_port: int) -> Iterator[int]:
    """Serve HTTP/1.1 until the block is left, and yield the port.

    ``origin_port`` is where it fetches what it does not have.
    """

    class Handler(_Handler):
        store = _Store(origin_port)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: _Store

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer from the store."""
        answer = self.store.answer(self.command, self.path, self.headers)
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
