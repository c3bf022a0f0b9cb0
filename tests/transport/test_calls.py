"""What a call gets back, from either transport."""

from collections.abc import Iterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cors_authz.server.transport import BOUNDS, SERVICE
from tests.transport.peer import GRPC, connected, framed
from tests.transport.serving import CHECK, FAULT, NO_CHECK_REQUEST, SECRET, Served


@pytest.fixture
def channel(served: Served) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{served.port}") as opened:
        yield opened


def call(channel: grpc.Channel, payload: bytes, path: str = CHECK, **options: object) -> bytes:
    reply: bytes = channel.unary_unary(path)(payload, timeout=10, **options)
    return reply


def refusal(channel: grpc.Channel, payload: bytes, path: str = CHECK) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as raised:
        call(channel, payload, path)
    return raised.value


@pytest.mark.parametrize(
    "payload", [b"", b"a check", bytes(range(256)) * 3000], ids=["empty", "small", "768 kB"]
)
def test_the_handler_gets_the_payload_and_its_reply_comes_back(
    channel: grpc.Channel, payload: bytes
) -> None:
    assert call(channel, payload).startswith(payload + b"|")


def test_the_handler_gets_the_metadata_decoded(channel: grpc.Channel) -> None:
    sent = (("x-request-id", "1 of 2"), ("twice", "a"), ("twice", "b"), ("some-bin", b"\0\xff,"))

    shown = call(channel, b"", metadata=sent).decode()[1:].splitlines()

    expected = {"x-request-id='1 of 2'", "twice='a'", "twice='b'", "some-bin=b'\\x00\\xff,'"}
    assert expected <= set(shown)


def test_what_is_grpcs_own_is_no_metadata(channel: grpc.Channel) -> None:
    names = {line.partition("=")[0] for line in call(channel, b"").decode()[1:].splitlines()}

    assert names <= {"user-agent"}


def test_bytes_that_are_no_check_request_are_an_invalid_argument(channel: grpc.Channel) -> None:
    error = refusal(channel, NO_CHECK_REQUEST)

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error.details() == "the payload is no CheckRequest"


def test_a_fault_is_an_internal_error_that_tells_the_peer_nothing(
    channel: grpc.Channel, served: Served
) -> None:
    error = refusal(channel, FAULT)

    assert error.code() is grpc.StatusCode.INTERNAL
    assert SECRET not in str(error.details())
    assert [str(fault["exception"]) for fault in served.faults] == [SECRET]
    assert call(channel, b"next").startswith(b"next")


@pytest.mark.parametrize(
    "path",
    [
        "/envoy.service.auth.v3.Authorization/Nothing",
        "/envoy.service.auth.v2.Authorization/Check",
        "/Check",
        "/grpc.health.v1.Health/List",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ],
)
def test_an_unknown_method_is_unimplemented(channel: grpc.Channel, path: str) -> None:
    assert refusal(channel, b"", path).code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_message_may_be_as_large_as_the_limit(channel: grpc.Channel) -> None:
    assert len(call(channel, b"x" * BOUNDS.request_bytes)) > BOUNDS.request_bytes


@pytest.mark.parametrize("size", [BOUNDS.request_bytes + 1, 3 * BOUNDS.request_bytes])
def test_a_message_beyond_the_limit_is_refused(channel: grpc.Channel, size: int) -> None:
    error = refusal(channel, b"x" * size)

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert call(channel, b"next").startswith(b"next")


@pytest.mark.parametrize("service", ["", SERVICE])
def test_health_is_serving_and_then_not(
    channel: grpc.Channel, served: Served, service: str
) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    asked = health_pb2.HealthCheckRequest(service=service)

    before = stub.Check(asked, timeout=10).status
    served.begin(served.transport.report_not_serving()).result(10)
    after = stub.Check(asked, timeout=10).status

    assert before == health_pb2.HealthCheckResponse.SERVING
    assert after == health_pb2.HealthCheckResponse.NOT_SERVING


def test_health_of_another_service_is_not_found(channel: grpc.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)

    with pytest.raises(grpc.RpcError) as raised:
        stub.Check(health_pb2.HealthCheckRequest(service="other"), timeout=10)

    assert raised.value.code() is grpc.StatusCode.NOT_FOUND


def test_many_calls_at_once_are_all_answered(channel: grpc.Channel) -> None:
    method = channel.unary_unary(CHECK)

    calls = [method.future(f"call {number}".encode(), timeout=20) for number in range(500)]

    replies = [made.result().partition(b"|")[0] for made in calls]
    assert replies == [f"call {number}".encode() for number in range(500)]


def test_a_call_whose_deadline_is_over_is_not_answered(served: Served) -> None:
    with connected(served.port) as peer:
        reply = peer.ended(peer.call(b"late", fields=(*GRPC, ("grpc-timeout", "0n"))))

        assert reply.grpc_status == grpc.StatusCode.DEADLINE_EXCEEDED.value[0] or (
            reply.reset_code is not None
        )
        assert b"late" not in reply.body


@pytest.mark.parametrize("timeout", ["1H", "5M", "30S", "20000m", "9999999u", "99999999n"])
def test_a_call_with_time_left_is_answered(served: Served, timeout: str) -> None:
    with connected(served.port) as peer:
        reply = peer.ended(peer.call(b"in time", fields=(*GRPC, ("grpc-timeout", timeout))))

    assert reply.grpc_status == 0
    assert reply.message.startswith(b"in time")


def test_compression_by_an_unknown_method_never_reaches_the_handler(served: Served) -> None:
    with connected(served.port) as peer:
        stream = peer.send_head(fields=(*GRPC, ("grpc-encoding", "snail")), end=False)
        peer.send_body(stream, framed(b"compressed", flag=1))
        reply = peer.ended(stream)

    assert reply.grpc_status not in (None, 0)
    assert not reply.body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\0\x05four",
        framed(b"compressed, as the flag says", flag=1),
    ],
    ids=["nothing", "half a prefix", "half a message", "compressed by nothing"],
)
def test_a_body_that_is_no_message_never_reaches_the_handler(served: Served, body: bytes) -> None:
    with connected(served.port) as peer:
        stream = peer.send_head(end=False)
        peer.send_body(stream, body)

        assert peer.ended(peer.call(b"next")).grpc_status == 0
        # grpcio leaves some of these without any answer.
        assert peer.replies[stream].grpc_status != 0
        assert not peer.replies[stream].body


def test_a_cancelled_call_leaves_the_others_alone(served: Served) -> None:
    with connected(served.port) as peer:
        given_up = peer.send_head(end=False)
        other = peer.send_head(end=False)
        peer.machine.reset_stream(given_up, 8)
        peer.send_body(other, framed(b"other"))

        assert peer.ended(other).message.startswith(b"other")
        assert peer.ended(peer.call(b"next")).grpc_status == 0
