"""The demo's servers and its client: what is sent arrives, and what is no HTTP is dropped."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TypeVar

import pytest

from deploy.demo.api import CarelessApi
from deploy.demo.http11 import Handler, MessageMalformedError, Request, Response, exchange, listen
from deploy.demo.ports import LOOPBACK, occupy, port_of

T = TypeVar("T")

PATIENCE_S = 10.0


async def _echo(request: Request) -> Response:
    line = f"{request.method} {request.path} {request.header('x-twice')} ".encode()
    return Response(200, (("x-echo", "yes"),), line + request.body)


def _with_server(handler: Handler, client: Callable[[int], Awaitable[T]]) -> T:
    async def run() -> T:
        with closing(occupy()) as listening:
            server = await listen(handler, listening)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await client(port_of(listening))
            finally:
                server.close()

    return asyncio.run(run())


def _send(handler: Handler, request: Request) -> Response:
    return _with_server(handler, lambda port: exchange(port, request))


def _send_raw(handler: Handler, sent: bytes) -> bytes:
    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        with closing(writer):
            writer.write(sent)
            writer.write_eof()
            return await reader.read()

    return _with_server(handler, talk)


def test_a_request_and_its_answer_arrive_whole() -> None:
    headers = (("X-Twice", "a"), ("x-twice", "b"), ("content-length", "4"))

    response = _send(_echo, Request("POST", "/orders?x=1", headers, b"body"))

    assert response.status == 200
    assert response.header("x-echo") == "yes"
    assert response.body == b"POST /orders a, b body"


@pytest.mark.parametrize("status", [204, 404])
def test_bodies_are_left_out_where_there_can_be_none(status: int) -> None:
    async def answer(_: Request) -> Response:
        return Response(status)

    assert _send(answer, Request("GET", "/", ())).body == b""


def test_head_is_answered_without_its_body() -> None:
    response = _send(_echo, Request("HEAD", "/", ()))

    assert (response.header("content-length"), response.body) == ("12", b"")


def test_one_connection_carries_several_requests() -> None:
    received = _send_raw(_echo, b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n")

    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.endswith(b"GET /b None ")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nfew",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=[
        "nothing",
        "empty head",
        "half a head",
        "HTTP/0.9",
        "HTTP/2",
        "length no number",
        "body too long",
        "body too short",
        "chunked",
        "head too long",
    ],
)
def test_what_is_no_request_gets_no_answer(sent: bytes) -> None:
    assert _send_raw(_echo, sent) == b""


def test_what_is_no_response_is_an_error() -> None:
    async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"nonsense\r\n\r\n")
        writer.close()

    async def run() -> None:
        with closing(await asyncio.start_server(talk_nonsense, LOOPBACK, 0)) as server:
            async with asyncio.timeout(PATIENCE_S):
                await exchange(server.sockets[0].getsockname()[1], Request("GET", "/", ()))

    with pytest.raises(MessageMalformedError, match="nonsense"):
        asyncio.run(run())


def test_the_api_lets_every_origin_in_and_remembers_what_it_saw() -> None:
    api = CarelessApi()
    headers = (("origin", "http://evil.localhost"), ("x-request-id", "1"))

    response = _send(api.answer, Request("GET", "/orders", headers))

    assert response.header("access-control-allow-origin") == "http://evil.localhost"
    assert response.header("access-control-allow-credentials") == "true"
    assert api.has_seen("1")
    assert not api.has_seen("2")


def test_the_api_completes_a_handshake_says_something_and_hangs_up() -> None:
    # Key and answer are the example of RFC 6455 section 1.3.
    received = _send_raw(
        CarelessApi().answer,
        b"GET /live HTTP/1.1\r\nupgrade: websocket\r\n"
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )

    head, _, frames = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert frames == b"\x81\x0ateapot: 1!\x88\x02\x03\xe8"
