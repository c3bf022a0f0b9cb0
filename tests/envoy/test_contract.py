"""What Envoy does with answers like ours, as far as the product relies on it."""

import pytest

from tests.envoy.expectation import EVIL, SHOP, from_origin, preflight
from tests.support import http1
from tests.support.exchange import Request
from tests.support.stack import Stack

_OF_ENVOY = {"date", "server"}


def test_a_preflight_answer_has_no_body_and_keeps_the_connection_in_step(stack: Stack) -> None:
    """A 204 with a body or a length would be read as the start of the next response."""
    asked, actual = preflight("orders.test", SHOP, "PUT"), from_origin("orders.test", SHOP)
    with http1.connect(stack.envoy.ports["recommended tcp"]) as connection:
        for _ in range(2):
            connection.sendall(http1.encode(asked))
            answer = http1.receive(connection, "OPTIONS")
            assert answer.status == 204
            assert answer.values("content-length") == ()
            assert answer.values("content-type") == ()
            connection.sendall(http1.encode(actual))
            assert http1.receive(connection, "GET").status == 200


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
def test_envoy_adds_nothing_to_a_denial_but_date_server_and_length(
    stack: Stack, protocol: str
) -> None:
    denied = from_origin("orders.test", EVIL)
    response = stack.send(denied, listener="recommended tcp", protocol=protocol).response
    ours = {"vary", "cache-control", "content-type"}
    assert {name for name, _ in response.headers} == ours | _OF_ENVOY | {"content-length"}
    assert response.values("content-length") == (str(len(response.body)),)


def test_a_denial_of_head_has_a_length_and_no_body(stack: Stack) -> None:
    denied = from_origin("orders.test", EVIL, "HEAD")
    response = stack.send(denied, listener="recommended tcp").response
    assert int(response.values("content-length")[0]) > 0
    assert response.body == b""


def test_a_request_is_denied_before_its_body_is_sent(stack: Stack) -> None:
    denied = from_origin("orders.test", EVIL, "POST").adding(("content-length", "1000000"))
    seen = stack.send(denied, listener="recommended tcp")
    assert seen.response.status == 403
    assert seen.reached == ()


def test_our_answers_are_not_counted_as_the_upstreams(stack: Stack) -> None:
    before = stack.envoy.stats("cluster.app.upstream_rq_")
    stack.send(preflight("orders.test", SHOP, "PUT"), listener="recommended tcp")
    stack.send(from_origin("orders.test", EVIL), listener="recommended tcp")
    assert stack.envoy.stats("cluster.app.upstream_rq_") == before


@pytest.mark.parametrize(
    ("request_", "flags", "details"),
    [
        pytest.param(
            preflight("orders.test", SHOP, "PUT"), "UAEX", "ext_authz_denied", id="preflight"
        ),
        pytest.param(from_origin("orders.test", EVIL), "UAEX", "ext_authz_denied", id="denial"),
        pytest.param(from_origin("orders.test", SHOP), "-", "via_upstream", id="allowed"),
    ],
)
def test_the_access_log_tells_our_answers_from_the_upstreams(
    stack: Stack, request_: Request, flags: str, details: str
) -> None:
    seen = stack.send(request_, listener="recommended tcp")
    assert (seen.access["flags"], seen.access["details"]) == (flags, details)


def test_a_denied_grpc_call_fails_with_permission_denied(stack: Stack) -> None:
    """Envoy turns our 403 into a gRPC status, since gRPC clients expect a 200."""
    call = from_origin("orders.test", EVIL, "POST").adding(("content-type", "application/grpc"))
    seen = stack.send(call, listener="recommended tcp", protocol="HTTP/2")
    assert seen.response.status == 200
    assert seen.response.values("grpc-status") == ("7",)
    assert seen.response.cors_headers() == ()
    assert seen.reached == ()


def test_a_client_cannot_choose_the_scheme_it_is_judged_by(stack: Stack) -> None:
    forged = from_origin("orders.test", "https://orders.test")
    forged = forged.adding(("x-forwarded-proto", "https"))
    seen = stack.send(forged, listener="recommended tcp")
    assert seen.response.status == 403
    assert seen.metadata["kind"] == "actual"


def test_a_clients_request_id_is_not_taken_over(stack: Stack) -> None:
    forged = from_origin("orders.test", EVIL).adding(("x-request-id", "forged"))
    seen = stack.send(forged, listener="recommended tcp")
    assert seen.decision is not None
    assert seen.decision["requestId"] == seen.access["requestId"] != "forged"
