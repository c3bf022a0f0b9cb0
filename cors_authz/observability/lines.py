"""From a record to the fields of its log line; hostile request data is bounded here."""

import re
import traceback
from collections.abc import Iterable, Mapping
from typing import Any

from cors_authz.observability.correlation import Correlation
from cors_authz.observability.record import CheckRecord, FaultRecord
from cors_authz.policy.answer import STATUS_INTERNAL_ERROR
from cors_authz.policy.decision import Shadow
from cors_authz.policy.path import strip_query
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Reason, Verdict

MAX_TEXT_LENGTH = 512

_MAX_FRAMES = 30
_MAX_PIECE_LENGTH = 1024
"""Of one frame, or of an error's message, which may hold what came from a request."""

_REQUEST_FIELDS = (
    "origin",
    "method",
    "requestedMethod",
    "requestedHeaders",
    "host",
    "path",
    "protocol",
)
_NANOSECONDS_PER_MICROSECOND = 1_000
_USERINFO = re.compile(r"[^/]*@")


def decision_fields(record: CheckRecord) -> dict[str, Any]:
    """The fields of a ``decision`` line, in the order in which people read them."""
    decision = record.decision
    return {
        "verdict": decision.verdict,
        "kind": decision.kind,
        "reason": decision.reason,
        "group": decision.group,
        "policy": decision.policy,
        "tags": dict(decision.tags),
        "mode": decision.mode,
        "evaluated": [{"policy": e.policy, "outcome": e.outcome} for e in decision.evaluated],
        "shadow": _shadow_fields(decision.shadow),
        **_request_fields(record.request, decision.requested_headers),
        "source": bounded(record.source),
        "status": decision.answer.status,
        **_common_fields(record.correlation, record.revision, record.duration_ns),
    }


def fault_fields(record: FaultRecord) -> dict[str, Any]:
    """The fields of the line of an internal error: those of a decision, and the stack."""
    return {
        "verdict": Verdict.DENY,
        "kind": None,
        "reason": Reason.INTERNAL_ERROR,
        "group": None,
        "policy": None,
        "tags": {},
        "mode": None,
        "evaluated": [],
        "shadow": None,
        **_request_fields(record.request, ()),
        "source": bounded(record.source),
        "status": STATUS_INTERNAL_ERROR,
        **_common_fields(record.correlation, record.revision, record.duration_ns),
        "stack": stack_text(record.error),
    }


def stack_text(error: BaseException) -> str:
    """Where an error came from, innermost last, of bounded length and in ASCII."""
    pieces = traceback.format_exception(error, limit=-_MAX_FRAMES)
    text = "".join(piece[:_MAX_PIECE_LENGTH] for piece in pieces)
    return text.encode("ascii", "backslashreplace").decode("ascii")


def bounded(text: str) -> str:
    """Make hostile text fit for a log: at most 512 characters, printable ASCII only."""
    text = text[:MAX_TEXT_LENGTH]
    if text.isascii() and text.isprintable():
        return text
    escaped = "".join(
        character
        if character.isascii() and character.isprintable()
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
    return escaped[:MAX_TEXT_LENGTH]


def _without_userinfo(text: str) -> str:
    """A password has no place in a log; the sign that something stood there stays."""
    return _USERINFO.sub("@", bounded(text))


def _request_fields(request: Request | None, requested_headers: Iterable[str]) -> Mapping[str, Any]:
    if request is None:
        return dict.fromkeys(_REQUEST_FIELDS)
    origin, requested_method = request.origin, request.requested_method
    return {
        "origin": None if origin is None else _without_userinfo(origin),
        "method": bounded(request.method),
        "requestedMethod": None if requested_method is None else bounded(requested_method),
        "requestedHeaders": [bounded(name) for name in requested_headers],
        "host": _without_userinfo(request.host),
        "path": bounded(strip_query(request.path)),
        "protocol": bounded(request.protocol),
    }


def _common_fields(
    correlation: Correlation, revision: str, duration_ns: int
) -> Mapping[str, str | int | None]:
    return {
        "requestId": correlation.request_id,
        "traceId": correlation.trace_id,
        "revision": revision,
        "durationMicros": duration_ns // _NANOSECONDS_PER_MICROSECOND,
    }


def _shadow_fields(shadow: Shadow | None) -> Mapping[str, str | None] | None:
    if shadow is None:
        return None
    return {"verdict": shadow.verdict, "reason": shadow.reason, "policy": shadow.policy}
