"""From a record to its log line; hostile request data is bounded here."""

import re
import traceback
from collections.abc import Iterable
from typing import TypeAlias

from cors_authz.observability.decision_line import DecisionLine
from cors_authz.observability.record import CheckRecord, FaultRecord
from cors_authz.observability.timestamp import timestamp
from cors_authz.policy.answer import STATUS_INTERNAL_ERROR
from cors_authz.policy.path import strip_query
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Reason, Verdict

MAX_TEXT_LENGTH = 512

_MAX_FRAMES = 30
_MAX_PIECE_LENGTH = 1024
"""Of one frame, or of an error's message, which may hold what came from a request."""

_EVENT = "decision"
_NANOSECONDS_PER_MICROSECOND = 1_000
_USERINFO = re.compile(r"[^/]*@")


def decision_line(record: CheckRecord) -> DecisionLine:
    """The line of a decision."""
    decision, correlation = record.decision, record.correlation
    origin, method, requested_method, requested_headers, host, path, protocol = _of_request(
        record.request, decision.requested_headers
    )
    # By position, which is faster: in the order of the fields.
    return DecisionLine(
        timestamp(record.at_ns),
        "info",
        _EVENT,
        decision.verdict,
        decision.kind,
        decision.reason,
        decision.group,
        decision.policy,
        dict(decision.tags),
        decision.mode,
        decision.evaluated,
        decision.shadow,
        origin,
        method,
        requested_method,
        requested_headers,
        host,
        path,
        protocol,
        bounded(record.source),
        decision.answer.status,
        correlation.request_id,
        correlation.trace_id,
        record.revision,
        record.duration_ns // _NANOSECONDS_PER_MICROSECOND,
    )


def fault_line(record: FaultRecord) -> DecisionLine:
    """The line of an internal error: that of a decision, as far as there is one, and the stack."""
    request, correlation = record.request, record.correlation
    origin, method, requested_method, requested_headers, host, path, protocol = (
        _NOTHING_READ if request is None else _of_request(request, ())
    )
    return DecisionLine(
        timestamp=timestamp(record.at_ns),
        level="error",
        event=_EVENT,
        verdict=Verdict.DENY,
        kind=None,
        reason=Reason.INTERNAL_ERROR,
        group=None,
        policy=None,
        tags={},
        mode=None,
        evaluated=(),
        shadow=None,
        origin=origin,
        method=method,
        requested_method=requested_method,
        requested_headers=requested_headers,
        host=host,
        path=path,
        protocol=protocol,
        source=bounded(record.source),
        status=STATUS_INTERNAL_ERROR,
        request_id=correlation.request_id,
        trace_id=correlation.trace_id,
        revision=record.revision,
        duration_micros=record.duration_ns // _NANOSECONDS_PER_MICROSECOND,
        stack=stack_text(record.error),
    )


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
    shown = bounded(text)
    if "@" not in text:
        return shown
    # One that ends beyond what is shown is no less a secret.
    if "@" in text[MAX_TEXT_LENGTH:].partition("/")[0]:
        shown = shown[: shown.rfind("/") + 1] + "@"
    return _USERINFO.sub("@", shown)


_RequestFields: TypeAlias = tuple[
    str | None, str | None, str | None, list[str] | None, str | None, str | None, str | None
]

_NOTHING_READ: _RequestFields = (None, None, None, None, None, None, None)


def _of_request(request: Request, requested_headers: Iterable[str]) -> _RequestFields:
    """The fields from ``origin`` to ``protocol``."""
    origin, requested_method = request.origin, request.requested_method
    return (
        None if origin is None else _without_userinfo(origin),
        bounded(request.method),
        None if requested_method is None else bounded(requested_method),
        [bounded(name) for name in requested_headers],
        _without_userinfo(request.host),
        bounded(strip_query(request.path)),
        bounded(request.protocol),
    )
