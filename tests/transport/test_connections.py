"""How either transport lives with its peers: floods, silence, slow readers, age, the end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from h2.settings import SettingCodes

from cors_authz.server.endpoint import AddressUnavailableError
from cors_authz.server.transport import BOUNDS
from tests.transport.peer import GRPC, Peer, connected, framed
from tests.transport.serving import CHECK, NO_CHECK_REQUEST, Kind, Served, echo, serving

_CANCEL = 8

_SHORT_LIVED = replace(BOUNDS, patience=replace(BOUNDS.patience, age_s=0.5))


def is_served(port: int, target: str = "127.0.0.1:{}") -> bool:
    """Whether another client's check is answered."""
    with grpc.insecure_channel(target.format(port)) as channel:
        reply: bytes = channel.unary_unary(CHECK)(b"bystander", timeout=10)
    return reply.startswith(b"bystander")


def test_a_running_call_finishes_while_the_server_stops(served: Served) -> None:
    with connected(served.port) as peer:
        peer.ended(peer.call(b"first"))
        running = peer.send_head(end=False)
        peer.send_body(running, framed(b"running")[:4], end=False)
        peer.ended(peer.call(b"known to have arrived"))

        stopped = served.stop(grace_s=10)
        assert peer.read_until(lambda: bool(peer.goaway_codes))
        time.sleep(0.6)  # far longer than a call that grpcio has lost is waited for
        peer.send_body(running, framed(b"running")[4:])
        reply = peer.ended(running)
        peer.read_until(lambda: peer.is_closed)

        assert reply.message.startswith(b"running")
        assert set(peer.goaway_codes) == {0}
        stopped.result(10)


def test_a_server_that_stops_waits_no_longer_than_its_grace(served: Served) -> None:
    with connected(served.port) as peer:
        peer.send_head(end=False)
        peer.ended(peer.call(b"known to have arrived"))
        begun_s = time.monotonic()

        served.stop(grace_s=0.5).result(10)

        assert time.monotonic() - begun_s < 5
        assert peer.read_until(lambda: peer.is_closed)


def test_a_stop_on_grpcio_waits_for_checks_only_however_earlier_ones_ended() -> None:
    """Who watches health stands for a call that grpcio has lost: neither is a check of ours."""
    with (
        serving(lambda: Kind("grpcio").make(echo, "127.0.0.1:0")) as served,
        grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel,
    ):
        watched = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        next(watched)
        check = channel.unary_unary(CHECK)
        check(b"served", timeout=10)
        for payload in (NO_CHECK_REQUEST, b"x" * (BOUNDS.request_bytes + 1)):
            with pytest.raises(grpc.RpcError):
                check(payload, timeout=10)
        with connected(served.port) as peer:
            peer.send_head(end=False)
            peer.ended(peer.call(b"known to have arrived"))

        served.stop(grace_s=30).result(10)


def test_a_stopped_server_accepts_nobody(served: Served) -> None:
    served.stop(grace_s=0).result(10)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port), timeout=5)


def test_calls_go_on_without_a_failure_while_connections_reach_their_age(kind: Kind) -> None:
    """grpcio's client connects anew after each GOAWAY."""
    with (
        serving(lambda: kind.make(echo, "127.0.0.1:0", bounds=_SHORT_LIVED)) as served,
        grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel,
    ):
        method = channel.unary_unary(CHECK)
        until_s = time.monotonic() + 3
        while time.monotonic() < until_s:
            assert method(b"on and on", timeout=10)


def test_a_connection_is_asked_to_end_at_its_age(kind: Kind) -> None:
    with (
        serving(lambda: kind.make(echo, "127.0.0.1:0", bounds=_SHORT_LIVED)) as served,
        connected(served.port) as peer,
    ):
        assert peer.ended(peer.call(b"young")).grpc_status == 0

        assert peer.read_until(lambda: peer.is_closed)
        assert set(peer.goaway_codes) == {0}


def test_an_answer_waits_for_the_window_of_its_stream(served: Served) -> None:
    payload = b"0123456789" * 10
    with connected(served.port, settings={SettingCodes.INITIAL_WINDOW_SIZE: 7}) as peer:
        stream = peer.call(payload)
        reply = peer.replies[stream]

        assert peer.read_until(lambda: len(reply.body) == 7)
        while not reply.has_ended and not peer.is_closed:
            size = len(reply.body) + 13
            peer.machine.increment_flow_control_window(13, stream)
            peer.flush()
            assert peer.read_until(lambda size=size: reply.has_ended or len(reply.body) == size)  # type: ignore[misc]

        assert reply.grpc_status == 0
        assert reply.message.startswith(payload)


def test_who_does_not_read_holds_up_nobody_else(served: Served) -> None:
    """Answers of 60 kB, far beyond the window of the connection, to a peer with no room."""
    payload = b"z" * 60_000
    with connected(served.port, receive_buffer_bytes=4096) as peer:
        streams = []
        for _ in range(20):
            stream = peer.send_head(end=False)
            peer.send_body(stream, framed(payload))
            streams.append(stream)
            # The windows that we have for sending are opened by the server as it reads.
            peer.read_until(lambda: peer.machine.outbound_flow_control_window > 200_000, 0.2)

        assert is_served(served.port)

        increment = 2**31 - 1 - peer.machine.inbound_flow_control_window - 2_000_000
        peer.machine.increment_flow_control_window(increment)
        for stream in streams:
            peer.machine.increment_flow_control_window(2**24, stream)
        peer.flush()
        assert all(peer.ended(stream).grpc_status == 0 for stream in streams)


def opened(peer: Peer, frames: bytes) -> bytes:
    """Frames for stream 1, which is open."""
    peer.send_head(end=False)
    return frames


def rapid_resets(peer: Peer) -> bytes:
    """Requests and their cancellations (CVE-2023-44487)."""
    head = [(":method", "POST"), (":scheme", "http"), (":path", CHECK), (":authority", "x")]
    for _ in range(1000):
        stream_id = peer.machine.get_next_available_stream_id()
        peer.machine.send_headers(stream_id, [*head, *GRPC])
        peer.machine.reset_stream(stream_id, _CANCEL)
    return peer.machine.data_to_send()


_FLOODS: Mapping[str, Callable[[Peer], bytes]] = {
    "pings": lambda _: b"\0\0\x08\x06\0\0\0\0\0are you?" * 1000,
    "settings": lambda _: b"\0\0\0\x04\0\0\0\0\0" * 1000,
    "empty data": lambda peer: opened(peer, b"\0\0\0\0\0\0\0\0\x01" * 1000),
    "priorities": lambda _: b"\0\0\x05\x02\0\0\0\0\x01\0\0\0\x03\x10" * 1000,
    "window updates": lambda _: b"\0\0\x04\x08\0\0\0\0\0\0\0\0\x01" * 1000,
    "unknown frames": lambda _: b"\0\0\x01\x77\0\0\0\0\0x" * 1000,
    "rapid resets": rapid_resets,
    # Of one header block without an end (CVE-2024-27316).
    "continuations": lambda _: b"\0\0\x01\x01\0\0\0\0\x01\x83" + b"\0\0\0\x09\0\0\0\0\x01" * 1000,
}


@pytest.fixture
def bystander(served: Served) -> Iterator[Callable[[], int]]:
    """Checks one after the other on a connection of its own; tells how many were answered."""
    answered = 0
    is_over = threading.Event()

    def check() -> None:
        nonlocal answered
        with grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel:
            method = channel.unary_unary(CHECK)
            while not is_over.is_set():
                assert method(b"bystander", timeout=10).startswith(b"bystander")
                answered += 1

    thread = threading.Thread(target=check)
    thread.start()
    yield lambda: answered
    is_over.set()
    thread.join()


@pytest.mark.parametrize("flood", _FLOODS)
def test_others_are_served_during_a_flood(
    served: Served, bystander: Callable[[], int], flood: str
) -> None:
    with connected(served.port) as peer:
        frames = _FLOODS[flood](peer)
        before = bystander()
        until_s = time.monotonic() + 15
        while time.monotonic() < until_s and not peer.is_closed and bystander() < before + 10:
            peer.send_raw(frames)

        assert peer.is_closed or bystander() >= before + 10
    assert is_served(served.port)


def test_others_are_served_beside_connections_that_say_nothing(served: Served) -> None:
    silent = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(50)]
    half = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(50)]
    for connection in half:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04")

    assert is_served(served.port)
    for connection in (*silent, *half):
        connection.close()
    assert is_served(served.port)


def test_a_peer_that_breaks_off_within_a_call_is_forgotten(served: Served) -> None:
    for _ in range(20):
        with connected(served.port) as peer:
            stream = peer.send_head(end=False)
            peer.send_body(stream, framed(b"half")[:6], end=False)
            linger = b"\1\0\0\0\0\0\0\0"  # the socket is reset, not closed
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    assert is_served(served.port)


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /envoy.service.auth.v3.Authorization/Check HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(512),
        bytes(1024),
    ],
    ids=["HTTP/1.1", "HTTP/1.1 on our path", "TLS", "zeros"],
)
def test_a_peer_that_speaks_something_else_is_cut_off(served: Served, octets: bytes) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(octets)
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass

    assert is_served(served.port)


def test_a_port_in_use_is_unavailable(kind: Kind, served: Served) -> None:
    taken = f"127.0.0.1:{served.port}"

    with (
        pytest.raises(AddressUnavailableError, match=taken),
        serving(lambda: kind.make(echo, taken)),
    ):
        pass
