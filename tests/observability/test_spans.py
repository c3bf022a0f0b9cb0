"""Spans of checks: asked for by the standard variables, exported over OTLP."""

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from cors_authz.observability.correlation import Correlation, TraceContext
from cors_authz.observability.otel_spans import CheckSpans
from cors_authz.observability.spans import SpansUnavailableError, open_spans
from tests.observability.records import denied, fault, record
from tests.observability.requests import CHECKS, POLICIES, TRACE
from tests.support.checks import ask_once
from tests.support.child import stop
from tests.support.serving import serve_to_end
from tests.support.sidecar import run_sidecar

SPAN_ID = "00f067aa0ba902b7"


def correlation(*, sampled: bool, span_id: str | None = SPAN_ID) -> Correlation:
    return Correlation("request-1", TraceContext(TRACE, span_id, sampled))


@contextmanager
def recording() -> Iterator[tuple[CheckSpans, InMemorySpanExporter]]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = CheckSpans(provider)
    yield spans, exporter
    spans.close(5)


def only(exporter: InMemorySpanExporter) -> ReadableSpan:
    [span] = exporter.get_finished_spans()
    return span


def test_a_span_belongs_to_the_trace_of_its_request() -> None:
    with recording() as (spans, exporter):
        spans.decided(record(denied(), correlation=correlation(sampled=True)))
    span = only(exporter)
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == SPAN_ID


def test_a_span_tells_what_the_dynamic_metadata_tell() -> None:
    with recording() as (spans, exporter):
        spans.decided(record(denied(), correlation=correlation(sampled=True)))
    assert dict(only(exporter).attributes or {}) == {
        "cors.verdict": "deny",
        "cors.kind": "actual",
        "cors.reason": "origin_not_allowed",
        "cors.group": "orders",
        "cors.revision": "3f9a",
        "cors.request_id": "request-1",
    }


def test_a_span_lasts_as_long_as_its_check() -> None:
    with recording() as (spans, exporter):
        spans.decided(record(correlation=correlation(sampled=True)))
    span = only(exporter)
    assert span.start_time == record().at_ns
    assert span.end_time == record().at_ns + record().duration_ns


def test_a_trace_that_is_not_sampled_has_no_span() -> None:
    with recording() as (spans, exporter):
        spans.decided(record(correlation=correlation(sampled=False)))
        spans.failed(fault(correlation=correlation(sampled=False)))
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(
    "known", [Correlation(None, None), correlation(sampled=True, span_id=None)], ids=["", "no-span"]
)
def test_without_a_parent_a_span_begins_a_trace(known: Correlation) -> None:
    with recording() as (spans, exporter):
        spans.decided(record(correlation=known))
    assert only(exporter).parent is None


def test_an_internal_error_is_an_error_without_what_was_in_it() -> None:
    with recording() as (spans, exporter):
        spans.failed(fault(ValueError("secret"), correlation=correlation(sampled=True)))
    span = only(exporter)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError")
    assert "secret" not in span.to_json()


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"OTEL_TRACES_EXPORTER": "none"}, id="none"),
        pytest.param(
            {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"},
            id="none-before-endpoint",
        ),
        pytest.param(
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, id="sdk-disabled"
        ),
        pytest.param({"OTEL_SERVICE_NAME": "x"}, id="only-a-name"),
    ],
)
def test_spans_are_off_unless_asked_for(environment: dict[str, str]) -> None:
    assert open_spans(environment) is None


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param({"OTEL_TRACES_EXPORTER": "zipkin"}, "set it to otlp or none", id="exporter"),
        pytest.param(
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "http/protobuf only",
            id="protocol",
        ),
    ],
)
def test_what_cannot_be_served_is_told(environment: dict[str, str], told: str) -> None:
    with pytest.raises(SpansUnavailableError, match=told):
        open_spans(environment)


def test_packages_that_are_missing_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SpansUnavailableError, match="install cors-authz with its extra 'otel'"):
        open_spans({"OTEL_TRACES_EXPORTER": "otlp"})


def test_a_worker_loads_nothing_that_it_was_not_asked_for() -> None:
    code = (
        "import sys; import cors_authz.server.worker; from cors_authz.observability.spans "
        "import open_spans; open_spans({}); "
        "print({m.partition('.')[0] for m in sys.modules} & {'opentelemetry', 'prometheus_client'})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "set()\n"


def test_a_server_that_cannot_make_the_spans_asked_for_does_not_start() -> None:
    result = serve_to_end(
        *("--config", POLICIES), *("--listen", "127.0.0.1:0"), OTEL_TRACES_EXPORTER="zipkin"
    )
    assert result.returncode == 3
    assert "OTEL_TRACES_EXPORTER=zipkin: set it to otlp or none" in result.stderr


@dataclass(slots=True)
class Collector:
    """An OTLP receiver."""

    port: int = 0
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def services(self) -> set[str]:
        return {
            attribute.value.string_value
            for request in self.requests
            for resource in request.resource_spans
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }


@contextmanager
def run_collector() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def test_a_server_exports_the_span_of_a_sampled_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_collector() as collector:
        endpoint = f"http://127.0.0.1:{collector.port}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        with run_sidecar(POLICIES, tmp_path) as sidecar:
            ask_once(sidecar.targets[0], CHECKS["actual"])
            stop(sidecar.process)
        [span] = collector.spans
    assert span.trace_id.hex() == TRACE
    assert span.name == "cors_authz.check"
    assert collector.services == {"cors-authz"}


def test_a_collector_that_is_away_delays_neither_checks_nor_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with run_sidecar(POLICIES, tmp_path) as sidecar:
        assert ask_once(sidecar.targets[0], CHECKS["actual"]).reason == "allowed"
        assert stop(sidecar.process) == 0
        assert sidecar.life.wait_for("stopped")["inTime"] is True
