"""Where the fast transport keeps to gRPC's document more strictly than grpcio does."""

from collections.abc import Iterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.transport.peer import GRPC, Fields, Peer, connected, framed
from tests.transport.serving import Kind, Served, echo, serving

_TE, _GRPC = GRPC


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(lambda: Kind("fast").make(echo, "127.0.0.1:0")) as running:
        yield running


@pytest.fixture
def peer(served: Served) -> Iterator[Peer]:
    with connected(served.port) as connection:
        yield connection


def test_compression_is_unimplemented_and_the_answer_says_what_is(peer: Peer) -> None:
    stream = peer.send_head(fields=(_TE, _GRPC, ("grpc-encoding", "gzip")), end=False)
    peer.send_body(stream, framed(b"compressed", flag=1))
    reply = peer.ended(stream)

    assert reply.grpc_status == grpc.StatusCode.UNIMPLEMENTED.value[0]
    assert reply.fields["grpc-accept-encoding"] == "identity"


def test_a_message_that_is_not_compressed_needs_no_compression(peer: Peer) -> None:
    reply = peer.ended(peer.call(b"plain", fields=(_TE, _GRPC, ("grpc-encoding", "gzip"))))

    assert reply.grpc_status == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\0\x05four",
        framed(b"one") + framed(b"two"),
        framed(b"one") + b"x",
        framed(b"compressed", flag=1),
        framed(b"odd", flag=2),
    ],
    ids=["nothing", "half a prefix", "half a message", "two", "excess", "flag 1", "flag 2"],
)
def test_a_body_that_is_not_one_message_is_an_internal_error(peer: Peer, body: bytes) -> None:
    stream = peer.send_head(end=False)
    peer.send_body(stream, body)

    assert peer.ended(stream).grpc_status == grpc.StatusCode.INTERNAL.value[0]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ((_TE, ("content-type", "text/plain")), "415"),
        ((_TE,), "415"),
        ((_TE, ("content-type", "application/grpcish")), "415"),
        ((_TE, ("content-type", "application/grpc+proto")), "200"),
        ((_TE, ("content-type", "application/grpc;charset=x")), "200"),
        ((_GRPC,), "200"),
    ],
    ids=["text", "none", "a longer name", "with codec", "with parameter", "without te"],
)
def test_the_content_type_says_whether_it_is_grpc(peer: Peer, fields: Fields, status: str) -> None:
    reply = peer.ended(peer.call(b"", fields=fields))

    assert reply.status == status
    assert (reply.grpc_status == 0) is (status == "200")


def test_a_get_is_refused(peer: Peer) -> None:
    reply = peer.ended(peer.send_head(method="GET", path="/", end=True))

    assert reply.status == "405"


@pytest.mark.parametrize("timeout", ["", "1", "m", "1x", "123456789S", "-1S", "1 S", "٣S"])
def test_a_malformed_timeout_is_an_internal_error(peer: Peer, timeout: str) -> None:
    value = timeout.encode().decode("latin-1")
    reply = peer.ended(peer.call(b"", fields=(_TE, _GRPC, ("grpc-timeout", value))))

    assert reply.grpc_status == grpc.StatusCode.INTERNAL.value[0]


def test_a_deadline_that_is_over_has_its_own_status(peer: Peer) -> None:
    reply = peer.ended(peer.call(b"", fields=(_TE, _GRPC, ("grpc-timeout", "0m"))))

    assert reply.grpc_status == grpc.StatusCode.DEADLINE_EXCEEDED.value[0]


def test_binary_metadata_that_is_no_base64_is_an_internal_error(peer: Peer) -> None:
    reply = peer.ended(peer.call(b"", fields=(_TE, _GRPC, ("some-bin", "*"))))

    assert reply.grpc_status == grpc.StatusCode.INTERNAL.value[0]


def test_binary_metadata_may_be_padded_or_not(peer: Peer) -> None:
    fields = (_TE, _GRPC, ("a-bin", "AA=="), ("b-bin", "AA"))
    reply = peer.ended(peer.call(b"", fields=fields))

    assert reply.message == b"|a-bin=b'\\x00'\nb-bin=b'\\x00'\n"


def test_metadata_beyond_the_limit_is_refused_and_the_connection_goes_on(peer: Peer) -> None:
    large = tuple((f"x-{number}", "y" * 8000) for number in range(9))

    reply = peer.ended(peer.call(b"", fields=(_TE, _GRPC, *large)))

    assert reply.grpc_status == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
    assert peer.ended(peer.call(b"next")).grpc_status == 0


def test_metadata_of_sixty_kilobytes_passes(peer: Peer) -> None:
    large = tuple((f"x-{number}", "y" * 8000) for number in range(7))

    reply = peer.ended(peer.call(b"", fields=(_TE, _GRPC, *large)))

    assert reply.grpc_status == 0
    assert len(reply.message) > 7 * 8000


def test_who_wants_to_watch_health_is_told_that_it_can_only_be_asked(served: Served) -> None:
    """A client takes the server for healthy then (gRPC's document "Health Checking")."""
    asked = health_pb2.HealthCheckRequest()
    with grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(grpc.RpcError) as raised:
            next(stub.Watch(asked, timeout=10))
        status = stub.Check(asked, timeout=10).status

    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert status == health_pb2.HealthCheckResponse.SERVING
