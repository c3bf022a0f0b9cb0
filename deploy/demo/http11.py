"""As much HTTP/1.1 as the demo's servers and its client need; Envoy does the rest.

Bodies are framed by Content-Length only. No routing and no CORS may live here.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from deploy.demo.ports import LOOPBACK

_MAX_BODY_BYTES = 1 << 20
_BODILESS_STATUSES = frozenset({HTTPStatus.SWITCHING_PROTOCOLS, HTTPStatus.NO_CONTENT})

Headers: TypeAlias = tuple[tuple[str, str], ...]


class MessageMalformedError(ValueError):
    """What arrived is no HTTP/1.1 message that this module can read."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Names of headers are in lower case once it was read."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """The value of a header, joined if it stands there more than once."""
        return _joined(self.headers, name)


@dataclass(frozen=True, slots=True)
class Response:
    """One response. The body of a 101 is what is sent over the new protocol."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, joined if it stands there more than once."""
        return _joined(self.headers, name)


Handler: TypeAlias = Callable[[Request], Coroutine[None, None, Response]]


async def listen(handler: Handler, listening: socket.socket) -> asyncio.Server:
    """Serve ``handler`` on a socket that listens already."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _answer_all(handler, reader, writer)
        except (OSError, MessageMalformedError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(converse, sock=listening)


async def exchange(port: int, request: Request) -> Response:
    """Send one request to a loopback port, over a connection of its own.

    Raises:
        OSError: There is no connection, or it broke.
        MessageMalformedError: What came back is no response.
    """
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        start_line = f"{request.method} {request.target} HTTP/1.1"
        headers = request.headers
        if request.header("upgrade") is None:
            headers = (*headers, ("connection", "close"))
        await _write(writer, start_line, headers, request.body)
        start_line, headers = await _read_head(reader)
        status = _status(start_line)
        bodiless = status in _BODILESS_STATUSES or request.method == "HEAD"
        return Response(status, headers, b"" if bodiless else await _read_body(reader, headers))
    finally:
        writer.close()


async def _answer_all(
    handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while not reader.at_eof():
        request = await _read_request(reader)
        if request is None:
            return
        response = await handler(request)
        start_line = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"
        framed = response.headers
        if response.status not in _BODILESS_STATUSES:
            framed = (*framed, ("content-length", str(len(response.body))))
        await _write(writer, start_line, framed, b"" if request.method == "HEAD" else response.body)
        if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
            return


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request; ``None`` where the peer is done."""
    try:
        start_line, headers = await _read_head(reader)
    except MessageMalformedError:
        if reader.at_eof():
            return None
        raise
    method, _, rest = start_line.partition(" ")
    target, _, version = rest.partition(" ")
    if not version.startswith("HTTP/1."):
        raise MessageMalformedError(f"no HTTP/1.1 request: {start_line!r}")
    return Request(method, target, headers, await _read_body(reader, headers))


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, Headers]:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise MessageMalformedError("no complete head of an HTTP message") from error
    start_line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    fields = (line.partition(":") for line in lines)
    return start_line, tuple((name.lower(), value.strip()) for name, _, value in fields)


async def _read_body(reader: asyncio.StreamReader, headers: Headers) -> bytes:
    length = _joined(headers, "content-length") or "0"
    if not length.isdecimal() or int(length) > _MAX_BODY_BYTES:
        raise MessageMalformedError(f"a body of {length} bytes")
    if _joined(headers, "transfer-encoding") is not None:
        raise MessageMalformedError("a body without a content-length")
    try:
        return await reader.readexactly(int(length))
    except asyncio.IncompleteReadError as error:
        raise MessageMalformedError("the body ended early") from error


async def _write(
    writer: asyncio.StreamWriter, start_line: str, headers: Headers, body: bytes
) -> None:
    lines = [start_line, *(f"{name}: {value}" for name, value in headers), "", ""]
    writer.write("\r\n".join(lines).encode("latin-1") + body)
    await writer.drain()


def _status(start_line: str) -> int:
    version, _, rest = start_line.partition(" ")
    code = rest[:3]
    if not version.startswith("HTTP/1.") or not code.isdecimal():
        raise MessageMalformedError(f"no HTTP/1.1 response: {start_line!r}")
    return int(code)


def _joined(headers: Headers, name: str) -> str | None:
    values = [value for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None
