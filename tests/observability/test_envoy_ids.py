"""Request and trace ids as a real Envoy hands them over."""

import uuid
from collections.abc import Iterator

import pytest

from tests.observability.requests import POLICIES, SHOP, TRACE
from tests.support.bootstrap import Json, Listener, route
from tests.support.exchange import Request
from tests.support.stack import Observation, Stack, run_stack

SPAN = "00f067aa0ba902b7"
SHORT_TRACE = TRACE[16:]
NOWHERE = "down"
"""The cluster that tracers export to: nobody listens."""


def tracing(name: str, message: str, **fields: object) -> Json:
    """A connection manager's tracer, which records every request."""
    config = {"@type": f"type.googleapis.com/envoy.config.trace.v3.{message}", **fields}
    return {"tracing": {"provider": {"name": f"envoy.tracers.{name}", "typed_config": config}}}


W3C = tracing(
    "opentelemetry",
    "OpenTelemetryConfig",
    grpc_service={"envoy_grpc": {"cluster_name": NOWHERE}},
    service_name="edge",
)
ZIPKIN = tracing(
    "zipkin",
    "ZipkinConfig",
    collector_cluster=NOWHERE,
    collector_endpoint="/api/v2/spans",
    collector_endpoint_version="HTTP_JSON",
)


@pytest.fixture(scope="module", name="stack")
def fixture_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    listeners = [
        Listener("plain", [route("/")]),
        Listener("w3c", [route("/")], manager=W3C),
        Listener("zipkin", [route("/")], manager=ZIPKIN),
    ]
    with run_stack(POLICIES, listeners, tmp_path_factory.mktemp("ids")) as running:
        yield running


def send(stack: Stack, listener: str, **headers: str) -> Observation:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    request = Request("api.example.com", "/orders/1", headers=(("origin", SHOP), *pairs))
    return stack.send(request, listener=listener)


def trace_id(seen: Observation) -> str | None:
    assert seen.decision is not None
    found: str | None = seen.decision["traceId"]
    return found


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"traceparent": f"00-{TRACE}-{SPAN}-01"}, TRACE, id="w3c"),
        pytest.param({"b3": f"{TRACE}-{SPAN}-1"}, TRACE, id="b3"),
        pytest.param({"b3": f"{SHORT_TRACE}-{SPAN}-1"}, SHORT_TRACE, id="b3-short"),
        pytest.param(
            {"x_b3_traceid": TRACE, "x_b3_spanid": SPAN, "x_b3_sampled": "1"},
            TRACE,
            id="b3-headers",
        ),
        pytest.param({}, None, id="none"),
        pytest.param({"traceparent": "00-x-y-z"}, None, id="malformed"),
    ],
)
def test_trace_headers_reach_the_log(
    stack: Stack, headers: dict[str, str], expected: str | None
) -> None:
    assert trace_id(send(stack, "plain", **headers)) == expected


@pytest.mark.parametrize(
    ("listener", "headers"),
    [
        pytest.param("w3c", {"traceparent": f"00-{TRACE}-{SPAN}-01"}, id="w3c"),
        pytest.param(
            "zipkin", {"x_b3_traceid": TRACE, "x_b3_spanid": SPAN, "x_b3_sampled": "1"}, id="zipkin"
        ),
    ],
)
def test_a_trace_that_envoy_continues_is_the_logs(
    stack: Stack, listener: str, headers: dict[str, str]
) -> None:
    assert trace_id(send(stack, listener, **headers)) == TRACE


@pytest.mark.parametrize("listener", ["w3c", "zipkin"])
def test_a_trace_that_envoy_begins_is_told_in_the_metadata(stack: Stack, listener: str) -> None:
    first, second = (trace_id(send(stack, listener)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first != second


def test_the_request_id_is_the_one_of_envoys_own_log(stack: Stack) -> None:
    seen = send(stack, "plain", x_request_id=str(uuid.uuid4()))
    assert seen.decision is not None
    assert seen.decision["requestId"] == seen.access["requestId"]
