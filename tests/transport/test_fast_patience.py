"""For how long the fast transport puts up with a peer, with the times made short."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import grpc

from cors_authz.server.fast_transport import FastTransport
from cors_authz.server.transport import BOUNDS
from tests.transport.peer import TIMEOUT_S, Peer, closed_after_s, connected, framed
from tests.transport.serving import CHECK, Served, echo, serving

_BEGINNING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"


@contextmanager
def served_with(**times: float) -> Iterator[Served]:
    """A transport whose patience is as usual but for these times."""
    bounds = replace(BOUNDS, patience=replace(BOUNDS.patience, **times))
    with serving(lambda: FastTransport(echo, "127.0.0.1:0", bounds=bounds)) as served:
        yield served


def test_a_peer_that_never_reads_is_cut_off() -> None:
    with served_with(stall_s=0.5) as served:
        with connected(served.port, receive_buffer_bytes=4096) as peer:
            sent_all = send_without_reading(peer, lambda: peer.is_closed)

            assert not sent_all
        with grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel:
            assert channel.unary_unary(CHECK)(b"next", timeout=10).startswith(b"next")


def test_a_peer_that_opens_no_window_is_cut_off() -> None:
    with served_with(stall_s=0.5) as served, connected(served.port) as peer:
        peer.send_raw(b"\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0")  # INITIAL_WINDOW_SIZE of 0
        stream = peer.call(b"never delivered")

        assert peer.read_until(lambda: peer.is_closed)
        assert not peer.replies[stream].body


def test_a_peer_that_does_not_answer_the_drain_ping_is_closed_all_the_same() -> None:
    with served_with(drain_ping_s=0.3, linger_s=0.3) as served:
        connection = socket.create_connection(("127.0.0.1", served.port))
        with connection:
            connection.sendall(_BEGINNING + b"\0\0\0\x04\x01\0\0\0\0")
            time.sleep(0.3)

            served.stop(grace_s=10).result(5)

            assert closed_after_s(connection) < 1


def test_a_peer_that_never_began_does_not_hold_up_the_end() -> None:
    with served_with(drain_ping_s=8, linger_s=0.2) as served:
        connection = socket.create_connection(("127.0.0.1", served.port))
        with connection:
            time.sleep(0.2)
            began_s = time.monotonic()

            served.stop(grace_s=10).result(15)

            assert time.monotonic() - began_s < 4


def test_what_comes_after_the_end_is_not_answered() -> None:
    with served_with(age_s=0.3, linger_s=2) as served:
        with connected(served.port) as peer:
            assert peer.read_until(lambda: len(peer.goaway_codes) == 2)
            peer.machine.ping(b"too late")
            peer.flush()
            peer.read_until(lambda: peer.is_closed)

        assert served.faults == []


def send_without_reading(peer: Peer, is_over: Callable[[], bool]) -> bool:
    """Send checks whose answers are never read; whether all of them could be sent."""
    whole = framed(b"z" * 1000)
    peer.socket.settimeout(TIMEOUT_S)
    for _ in range(20_000):
        stream = peer.machine.get_next_available_stream_id()
        head = [(":method", "POST"), (":scheme", "http"), (":path", CHECK), (":authority", "x")]
        peer.machine.send_headers(stream, [*head, ("content-type", "application/grpc")])
        octets = peer.machine.data_to_send()
        frame = len(whole).to_bytes(3, "big") + b"\0\x01" + stream.to_bytes(4, "big")
        peer.send_raw(octets + frame + whole)
        if is_over():
            return False
    return True


def test_ages_are_spread_by_a_tenth() -> None:
    bounds = replace(BOUNDS, patience=replace(BOUNDS.patience, age_s=1000))
    transport = FastTransport(echo, "127.0.0.1:0", bounds=bounds)

    ages = [transport._draw_age_s() for _ in range(1000)]

    assert 900 <= min(ages) < 920
    assert 1080 < max(ages) <= 1100
