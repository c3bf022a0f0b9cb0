"""Asks the admin server over HTTP, and the application without any server around it."""

import asyncio
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message

NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def ask(
    admin: str,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] = NO_HEADERS,
    body: bytes | None = None,
) -> Answer:
    """Ask a running admin server at ``host:port``."""
    connection = http.client.HTTPConnection(admin, timeout=10)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
    finally:
        connection.close()


def call(
    app: ASGIApp,
    path: str,
    *,
    method: str = "GET",
    query: str = "",
    headers: Mapping[str, str] = NO_HEADERS,
    body: bytes = b"",
    peer: tuple[str, int] | None = ("127.0.0.1", 40000),
) -> Answer:
    """Ask the application itself, as if from ``peer``."""
    sent: list[Message] = []
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *encoded] if "host" not in headers else encoded,
        "client": peer,
        "server": ("127.0.0.1", 9190),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(_run(app, scope, receive, send))
    start = sent[0]
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], named, b"".join(m.get("body", b"") for m in sent[1:]))


async def _run(app: ASGIApp, scope: Any, receive: Any, send: Any) -> None:
    await app(scope, receive, send)
