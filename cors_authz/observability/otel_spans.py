"""A span of every check, made with OpenTelemetry's SDK and exported over OTLP on HTTP.

Nothing else of ours knows OpenTelemetry. Only :mod:`cors_authz.observability.spans` loads this
module, and only where spans are asked for: the packages are an extra.
"""

import threading
from collections.abc import Mapping
from typing import Self

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from cors_authz.observability.correlation import Correlation
from cors_authz.observability.record import CheckRecord, FaultRecord
from cors_authz.policy.terms import Reason, Verdict

SPAN_NAME = "cors_authz.check"

_SERVICE_NAME = "cors-authz"


class CheckSpans:
    """A sink that makes a span of every check whose trace is sampled."""

    def __init__(self, provider: TracerProvider) -> None:
        """Sampling, batching and export are the provider's."""
        self._provider = provider
        self._tracer = provider.get_tracer(_SERVICE_NAME)

    @classmethod
    def exporting(cls) -> Self:
        """Export over OTLP on HTTP, as the standard variables say."""
        ours = Resource({"service.name": _SERVICE_NAME})
        provider = TracerProvider(
            resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False
        )
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    def decided(self, record: CheckRecord) -> None:
        """Make the span of a decision; the attributes are those of the dynamic metadata."""
        span = self._start(record.correlation, record.at_ns)
        if span.is_recording():
            decision = record.decision
            attributes = {
                "cors.verdict": decision.verdict,
                "cors.kind": decision.kind,
                "cors.reason": decision.reason,
                "cors.group": decision.group,
                "cors.policy": decision.policy,
                "cors.revision": record.revision,
                "cors.request_id": record.correlation.request_id,
            }
            if decision.shadow is not None:
                attributes["cors.shadow"] = decision.shadow.verdict
            _describe(span, attributes)
        span.end(record.at_ns + record.duration_ns)

    def failed(self, record: FaultRecord) -> None:
        """Make the span of an internal error."""
        span = self._start(record.correlation, record.at_ns)
        attributes = {
            "cors.verdict": Verdict.DENY,
            "cors.reason": Reason.INTERNAL_ERROR,
            "cors.revision": record.revision,
            "cors.request_id": record.correlation.request_id,
        }
        _describe(span, attributes)
        span.set_status(Status(StatusCode.ERROR, type(record.error).__name__))
        span.end(record.at_ns + record.duration_ns)

    def close(self, timeout_s: float) -> None:
        """Export what is left, for at most ``timeout_s`` seconds."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(timeout_s)

    def _start(self, correlation: Correlation, at_ns: int) -> Span:
        return self._tracer.start_span(
            SPAN_NAME, context=_parent(correlation), kind=SpanKind.SERVER, start_time=at_ns
        )


def _parent(correlation: Correlation) -> Context:
    """The span that the check belongs to; an empty context where none is known."""
    trace = correlation.trace
    if trace is None or trace.span_id is None:
        return Context()
    flags = TraceFlags.SAMPLED if trace.sampled else TraceFlags.DEFAULT
    parent = SpanContext(
        int(trace.trace_id, 16),
        int(trace.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(flags),
    )
    return set_span_in_context(NonRecordingSpan(parent), Context())


def _describe(span: Span, attributes: Mapping[str, str | None]) -> None:
    """Set the attributes that there are."""
    span.set_attributes({name: str(v) for name, v in attributes.items() if v is not None})
