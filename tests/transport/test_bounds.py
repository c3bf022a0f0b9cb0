"""What either transport takes on, and what becomes of more; the table is in docs/operations.md."""

import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cors_authz.observability.counts import Refused
from cors_authz.server import fast_transport, grpc_transport
from cors_authz.server.fast_transport import FastTransport
from cors_authz.server.grpc_transport import GrpcTransport
from cors_authz.server.service import Metadata
from cors_authz.server.transport import BOUNDS
from tests.transport.peer import GRPC, Fields, Peer, closed_after_s, connected, framed
from tests.transport.serving import CHECK, Kind, Served, serving

Serve = Callable[..., AbstractContextManager[Served]]

_REFUSED_STREAM = 7
_ENHANCE_YOUR_CALM = 11
_MAX_CONCURRENT_STREAMS = 3
_PING = b"are you?"
_BEGINNING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
_SETTINGS_ACK = b"\0\0\0\x04\x01\0\0\0\0"

LONG_S = 0.02
LONG = b"long"
HELD_UP = b"held up"


def answer(payload: bytes, _metadata: Metadata) -> bytes:
    """A handler that takes its time where it is told to, and holds up everybody meanwhile.

    Held up it does nothing, as a process that gets no processor.
    """
    if payload == LONG:
        until_s = time.monotonic() + LONG_S
        while time.monotonic() < until_s:
            pass
    if payload == HELD_UP:
        time.sleep(LONG_S)
    return payload


@pytest.fixture
def serve(kind: Kind) -> Serve:
    """Serves within bounds that are as usual but for those given, or for these times."""

    def serve_within(*, times: dict[str, float] | None = None, **bounds: int) -> object:
        patience = replace(BOUNDS.patience, **(times or {}))
        changed = replace(BOUNDS, patience=patience, **bounds)
        return serving(lambda: kind.make(answer, "127.0.0.1:0", bounds=changed))

    return serve_within  # type: ignore[return-value]


def fields_of(size: int) -> Fields:
    """Metadata of so many bytes in all, with the 32 bytes a field that HTTP/2 counts."""
    return [(f"x-{number:04}", "v" * (1000 - 38)) for number in range(size // 1000)]


@pytest.mark.parametrize("size", [10_000, 60_000])
def test_metadata_within_the_bound_is_taken(serve: Serve, size: int) -> None:
    with serve() as served, connected(served.port) as peer:
        reply = peer.ended(peer.call(b"much metadata", fields=(*GRPC, *fields_of(size))))

        assert reply.grpc_status == 0


@pytest.mark.parametrize("size", [66_000, 100_000])
def test_metadata_beyond_the_bound_is_refused(serve: Serve, size: int) -> None:
    with serve() as served, connected(served.port) as peer:
        # The core of grpcio bounds a peer that has acknowledged the bound.
        peer.ended(peer.call(b"first"))
        reply = peer.ended(peer.call(b"more metadata", fields=(*GRPC, *fields_of(size))))

        assert reply.grpc_status == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
        assert peer.ended(peer.call(b"next")).grpc_status == 0


def test_very_many_small_fields_are_refused(serve: Serve) -> None:
    """One byte each on the wire, from the table of HPACK; counted with 32 bytes more."""
    fields = (*GRPC, *[("x", "y")] * 3000)
    with serve() as served, connected(served.port) as peer:
        peer.ended(peer.call(b"first"))
        reply = peer.ended(peer.call(b"many fields", fields=fields))

        assert reply.grpc_status == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
        assert peer.ended(peer.call(b"next")).grpc_status == 0


def test_calls_beyond_the_bound_of_a_connection_are_refused_and_the_others_go_on(
    serve: Serve,
) -> None:
    with serve(streams=3) as served, connected(served.port) as peer:
        assert peer.ended(peer.call(b"first")).grpc_status == 0
        assert peer.machine.remote_settings.max_concurrent_streams == 3
        peer.machine.remote_settings[_MAX_CONCURRENT_STREAMS] = 1000
        peer.machine.remote_settings.acknowledge()

        kept = [peer.send_head(end=False) for _ in range(3)]
        excess = [peer.send_head(end=False) for _ in range(3)]

        assert {peer.ended(stream).reset_code for stream in excess} == {_REFUSED_STREAM}
        for stream in kept:
            peer.send_body(stream, framed(b"kept"))
            assert peer.ended(stream).grpc_status == 0
        assert peer.ended(peer.call(b"next")).grpc_status == 0


def test_connections_beyond_the_bound_are_closed(serve: Serve) -> None:
    with serve(connections=3) as served, ExitStack() as stack:
        kept = [stack.enter_context(connected(served.port)) for _ in range(3)]
        assert [peer.ended(peer.call(b"kept")).grpc_status for peer in kept] == [0, 0, 0]
        with socket.create_connection(("127.0.0.1", served.port)) as excess:
            assert closed_after_s(excess) < 1
        assert kept[0].ended(kept[0].call(b"still served")).grpc_status == 0
        kept.pop().socket.close()
        time.sleep(0.2)

        with connected(served.port) as peer:
            assert peer.ended(peer.call(b"in the place of another")).grpc_status == 0


@pytest.mark.parametrize(
    "octets",
    [b"", b"PRI * HT", _BEGINNING[:-9], _BEGINNING],
    ids=["nothing", "half a preface", "no settings", "no acknowledgement"],
)
def test_a_peer_that_does_not_begin_is_cut_off(serve: Serve, octets: bytes) -> None:
    with (
        serve(times={"handshake_s": 0.5}) as served,
        socket.create_connection(("127.0.0.1", served.port)) as connection,
    ):
        connection.sendall(octets)

        assert 0.4 < closed_after_s(connection) < 5


def test_a_peer_that_began_may_wait(serve: Serve) -> None:
    with serve(times={"handshake_s": 0.5}) as served, connected(served.port) as peer:
        assert peer.ended(peer.call(b"first")).grpc_status == 0
        time.sleep(1)

        assert peer.ended(peer.call(b"second")).grpc_status == 0


def test_a_half_open_connection_is_cut_off(serve: Serve) -> None:
    """Its peer is gone without a word, or is as good as gone: it never answers a ping."""
    with (
        serve(times={"silence_s": 0.3, "ping_s": 0.3}) as served,
        socket.create_connection(("127.0.0.1", served.port)) as connection,
    ):
        connection.sendall(_BEGINNING + _SETTINGS_ACK)

        assert 0.5 < closed_after_s(connection) < 5


def test_a_silent_peer_that_answers_pings_is_kept(serve: Serve) -> None:
    with serve(times={"silence_s": 0.3, "ping_s": 0.6}) as served, connected(served.port) as peer:
        peer.read_until(lambda: False, timeout_s=2.5)

        assert not peer.is_closed
        assert peer.ended(peer.call(b"still here")).grpc_status == 0


def test_a_call_that_does_not_end_holds_up_the_end_of_its_connection_for_a_while(
    serve: Serve,
) -> None:
    times = {"age_s": 0.5, "age_grace_s": 1.0}
    with serve(times=times) as served, connected(served.port) as peer:
        assert peer.ended(peer.call(b"young")).grpc_status == 0
        peer.send_head(end=False)
        assert peer.read_until(lambda: bool(peer.goaway_codes))
        began_s = time.monotonic()

        assert peer.read_until(lambda: peer.is_closed)
        assert 0.5 < time.monotonic() - began_s < 5


def test_a_flood_of_pings_ends_the_connection(serve: Serve) -> None:
    with serve() as served, connected(served.port) as peer:
        for _ in range(5000):
            peer.machine.ping(_PING)
        peer.flush()

        assert peer.read_until(lambda: peer.is_closed)
        assert peer.goaway_codes == [_ENHANCE_YOUR_CALM]


def test_pings_that_envoy_sends_to_keep_a_connection_are_none(serve: Serve) -> None:
    """``connection_keepalive`` with an interval of a second, the shortest that is sensible."""
    with serve() as served, connected(served.port) as peer:
        for _ in range(5):
            peer.machine.ping(_PING)
            peer.flush()
            peer.read_until(lambda: False, timeout_s=0.8)

        assert peer.goaway_codes == []
        assert peer.ended(peer.call(b"kept")).grpc_status == 0


def statuses(peer: Peer, calls: list[int]) -> Counter[int | None]:
    return Counter(peer.ended(call).grpc_status for call in calls)


def test_checks_beyond_the_queue_of_grpcio_are_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grpc_transport, "_MAX_WAITING_CHECKS", 10)
    with (
        serving(lambda: GrpcTransport(answer, "127.0.0.1:0")) as served,
        connected(served.port) as peer,
    ):
        peer.ended(peer.call(b"first"))
        seen = statuses(peer, peer.call_at_once(LONG, 50))
        after = peer.ended(peer.call(b"next"))

    assert set(seen) == {0, grpc.StatusCode.CANCELLED.value[0]}
    assert seen[0] >= 10
    assert after.grpc_status == 0


def test_checks_that_the_fast_transport_comes_to_too_late_are_refused() -> None:
    refused: list[Refused] = []
    with (
        serving(lambda: FastTransport(answer, "127.0.0.1:0", on_refused=refused.append)) as served,
        connected(served.port) as peer,
    ):
        peer.ended(peer.call(b"first"))
        seen = statuses(peer, peer.call_at_once(LONG, 50))
        after = peer.ended(peer.call(b"next"))

    longest_s = fast_transport._TURN_MARK_S + fast_transport._MAX_TURN_S
    assert set(seen) == {0, grpc.StatusCode.UNAVAILABLE.value[0]}
    assert fast_transport._MAX_TURN_S / LONG_S <= seen[0] <= longest_s / LONG_S + 2
    assert after.grpc_status == 0
    assert refused == [Refused.CHECK] * (50 - seen[0])


def test_a_worker_that_was_only_held_up_answers_what_waits() -> None:
    with (
        serving(lambda: FastTransport(answer, "127.0.0.1:0")) as served,
        connected(served.port) as peer,
    ):
        peer.ended(peer.call(b"first"))
        seen = statuses(peer, peer.call_at_once(HELD_UP, 20))

    assert 20 * LONG_S > fast_transport._TURN_MARK_S + fast_transport._MAX_TURN_S
    assert seen == {0: 20}


def test_health_is_told_however_late_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else Envoy would take a worker that is busy for one that is ill."""
    monkeypatch.setattr(fast_transport, "_MAX_TURN_S", -1.0)
    monkeypatch.setattr(fast_transport, "_MAX_CATCH_UP_S", -1.0)
    with (
        serving(lambda: FastTransport(answer, "127.0.0.1:0")) as served,
        grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel,
    ):
        with pytest.raises(grpc.RpcError, match="too many checks at once"):
            channel.unary_unary(CHECK)(b"too late", timeout=10)
        stub = health_pb2_grpc.HealthStub(channel)
        status = stub.Check(health_pb2.HealthCheckRequest(), timeout=10).status

    assert status == health_pb2.HealthCheckResponse.SERVING
