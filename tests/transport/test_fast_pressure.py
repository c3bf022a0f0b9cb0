"""Peers of the fast transport that send without reading, or cancel as they ask."""

import select
import socket
import threading
from collections.abc import Iterator

import pytest
from hpack.hpack import Encoder

from cors_authz.server.service import Metadata
from tests.transport.machine import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
    number,
    setting,
)
from tests.transport.peer import GRPC, TIMEOUT_S, framed
from tests.transport.serving import CHECK, Kind, Served, echo, serving

_PAYLOAD = b"z" * 16_000
_CALLS = 2000
_LARGEST = 2**31 - 1


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(lambda: Kind("fast").make(echo, "127.0.0.1:0")) as running:
        yield running


def test_nothing_is_read_from_who_does_not_read_until_they_do(served: Served) -> None:
    """32 MB each way, with windows that hold all of it: only the sockets can."""
    waiting = beginning() + b"".join(call(2 * index + 1) for index in range(_CALLS))
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.setblocking(False)  # noqa: FBT003 - its only argument
        unsent = memoryview(waiting)
        while select.select([], [connection], [], 1)[1]:
            unsent = unsent[connection.send(unsent) :]
        assert len(unsent) > 1_000_000

        received = 0
        while received < _CALLS * len(_PAYLOAD):
            readable, writable, _ = select.select(
                [connection], [connection] if unsent else [], [], TIMEOUT_S
            )
            assert readable or writable
            if writable:
                unsent = unsent[connection.send(unsent) :]
            if readable:
                received += len(connection.recv(2**20))


def test_a_check_that_is_cancelled_as_it_arrives_is_not_made() -> None:
    made: list[bytes] = []

    def handler(payload: bytes, _metadata: Metadata) -> bytes:
        made.append(payload)
        return payload

    cancelled = call(3, b"cancelled") + frame(RST_STREAM, 0, 3, number(8))
    with (
        serving(lambda: Kind("fast").make(handler, "127.0.0.1:0")) as served,
        socket.create_connection(("127.0.0.1", served.port), timeout=TIMEOUT_S) as connection,
    ):
        connection.sendall(beginning() + call(1, b"first") + cancelled + call(5, b"last"))
        received = b""
        while b"last" not in received:
            received += connection.recv(65536)

    assert made == [b"first", b"last"]


def test_the_first_answers_to_a_burst_are_sent_before_its_last_check_is_made() -> None:
    """Envoy goes on with them meanwhile, instead of waiting for all."""
    burst = [f"check {number}".encode() for number in range(200)]
    seen_before_the_last = bytearray()
    has_looked = threading.Event()

    with socket.socket() as connection:

        def handler(payload: bytes, _metadata: Metadata) -> bytes:
            if payload == burst[-1]:
                connection.settimeout(TIMEOUT_S)
                while burst[0] not in seen_before_the_last:
                    seen_before_the_last.extend(connection.recv(65536))
                has_looked.set()
            return payload

        with serving(lambda: Kind("fast").make(handler, "127.0.0.1:0")) as served:
            connection.connect(("127.0.0.1", served.port))
            calls = b"".join(call(2 * n + 1, payload) for n, payload in enumerate(burst))
            connection.sendall(beginning() + calls)
            assert has_looked.wait(TIMEOUT_S)

    assert burst[0] in seen_before_the_last
    assert burst[-1] not in seen_before_the_last


def test_who_goes_on_sending_after_an_error_still_hears_of_it(served: Served) -> None:
    """A socket that is closed with something unread in it destroys what it has sent."""
    broken = beginning() + frame(DATA, 0, 0) + bytes(1_000_000)
    with socket.create_connection(("127.0.0.1", served.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(broken)
        received = b""
        while part := connection.recv(65536):
            received += part

    assert b"frame on the wrong kind of stream" in received or b"idle stream" in received


def beginning() -> bytes:
    """A client that gives all the room there can be."""
    window = frame(WINDOW_UPDATE, 0, 0, number(_LARGEST - 65_535))
    return PREFACE + setting(4, _LARGEST) + frame(SETTINGS, 1) + window


def call(stream_id: int, payload: bytes = _PAYLOAD) -> bytes:
    """A whole check."""
    head = [(":method", "POST"), (":scheme", "http"), (":path", CHECK), (":authority", "x")]
    block = Encoder().encode([(n, v, True) for n, v in (*head, *GRPC)])
    start = frame(HEADERS, END_HEADERS, stream_id, block)
    return start + frame(DATA, END_STREAM, stream_id, framed(payload))
