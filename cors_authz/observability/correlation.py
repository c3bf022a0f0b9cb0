"""Request and trace ids, taken from where Envoy and its clients put them.

Ids come from outside: only those of the expected form are taken, so that they are safe to
log and to send back.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/=~-]{0,127}", re.ASCII)
"""Any usual form of one; not the lone ``-`` that stands for a missing header."""

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?:-.*)?",
    re.ASCII,
)
"""W3C Trace Context 3.2.2; later versions may add fields."""

_B3_SINGLE = re.compile(
    r"(?P<trace>[0-9a-f]{32}|[0-9a-f]{16})-(?P<span>[0-9a-f]{16})(?:-(?P<state>[01d])(?:-.*)?)?",
    re.ASCII,
)
_B3_TRACE_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{16}", re.ASCII)
_B3_SPAN_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)
_B3_SAMPLED = frozenset({"1", "d", "true"})
_SAMPLED_FLAG = 0x01


class TraceContext(NamedTuple):
    """The span that a check belongs to."""

    trace_id: str
    """32 hexadecimal digits, or 16 of B3."""
    span_id: str | None
    sampled: bool
    """Whether whoever began the trace wants it to be recorded."""


class Correlation:
    """What ties a decision to other records of the same request."""

    __slots__ = ("request_id", "trace")

    def __init__(self, request_id: str | None, trace: TraceContext | None) -> None:
        self.request_id: Final = request_id
        self.trace: Final = trace

    @property
    def trace_id(self) -> str | None:
        """The trace's id alone."""
        return None if self.trace is None else self.trace.trace_id


def correlate(
    metadata: Iterable[tuple[str, str | bytes]], headers: Mapping[str, str], stream_id: str
) -> Correlation:
    """Find the ids of a request.

    gRPC metadata, which the operator or Envoy's tracer sets, beats the request's own
    headers, which clients may set. Envoy's stream id stands in for a request id.
    """
    given = {name: value for name, value in metadata if isinstance(value, str)}
    request_id = _request_id(given.get("x-request-id"))
    if request_id is None:
        request_id = _request_id(headers.get("x-request-id")) or _request_id(stream_id)
    return Correlation(request_id, _trace(given) or _trace(headers))


def _request_id(text: str | None) -> str | None:
    return text if text and _REQUEST_ID.fullmatch(text) else None


def _trace(fields: Mapping[str, str]) -> TraceContext | None:
    """W3C Trace Context first, then both forms of B3; mostly there is none."""
    if not ("traceparent" in fields or "b3" in fields or "x-b3-traceid" in fields):
        return None
    found = _w3c(fields.get("traceparent")) or _b3_single(fields.get("b3")) or _b3_multiple(fields)
    return found if found is not None and found.trace_id.strip("0") else None


def _w3c(text: str | None) -> TraceContext | None:
    match = None if text is None else _TRACEPARENT.fullmatch(text)
    if match is None or not match["span"].strip("0"):
        return None
    return TraceContext(
        match["trace"], match["span"], bool(int(match["flags"], 16) & _SAMPLED_FLAG)
    )


def _b3_single(text: str | None) -> TraceContext | None:
    match = None if text is None else _B3_SINGLE.fullmatch(text)
    if match is None:
        return None
    return TraceContext(match["trace"], match["span"], match["state"] in _B3_SAMPLED)


def _b3_multiple(fields: Mapping[str, str]) -> TraceContext | None:
    trace_id = fields.get("x-b3-traceid")
    if trace_id is None or not _B3_TRACE_ID.fullmatch(trace_id):
        return None
    span_id = fields.get("x-b3-spanid", "")
    return TraceContext(
        trace_id,
        span_id if _B3_SPAN_ID.fullmatch(span_id) else None,
        fields.get("x-b3-sampled") in _B3_SAMPLED,
    )
