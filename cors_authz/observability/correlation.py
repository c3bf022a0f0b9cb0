"""Request and trace ids, taken from where Envoy and its clients put them.

Ids come from outside: only those of the expected form are taken, so that they are safe to
log and to send back.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?", re.ASCII)
_B3_SINGLE = re.compile(r"([0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}(?:-.*)?", re.ASCII)
_B3_TRACE_ID = re.compile(r"([0-9a-f]{32}|[0-9a-f]{16})", re.ASCII)

_TRACE_SOURCES = (
    ("traceparent", _TRACEPARENT),
    ("b3", _B3_SINGLE),
    ("x-b3-traceid", _B3_TRACE_ID),
)
"""W3C Trace Context first, then both forms of B3."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """What ties a decision to other records of the same request."""

    request_id: str | None
    trace_id: str | None


def correlate(
    metadata: Iterable[tuple[str, str | bytes]], headers: Mapping[str, str], stream_id: str
) -> Correlation:
    """Find the ids of a request.

    gRPC metadata, which the operator or Envoy's tracer sets, beats the request's own
    headers, which clients may set. Envoy's stream id stands in for a request id.
    """
    given = {name: value for name, value in metadata if isinstance(value, str)}
    request_ids = (given.get("x-request-id"), headers.get("x-request-id"), stream_id)
    request_id = next((i for i in request_ids if i and _REQUEST_ID.fullmatch(i)), None)
    return Correlation(request_id, _trace_id(given) or _trace_id(headers))


def _trace_id(fields: Mapping[str, str]) -> str | None:
    for name, form in _TRACE_SOURCES:
        match = form.fullmatch(fields.get(name, ""))
        if match is not None and match[1].strip("0"):
            return match[1]
    return None
