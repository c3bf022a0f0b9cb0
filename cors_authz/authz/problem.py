"""The body of a denial: a problem document (RFC 9457) without policy names or lists."""

import json
from functools import lru_cache

from cors_authz.policy.terms import Reason

_TITLES = {
    Reason.NO_GROUP: "This host and path are not open to requests",
    Reason.GROUP_UNKNOWN: "The gateway names an API group that does not exist",
    Reason.PATH_AMBIGUOUS: "The path can be read in more than one way",
    Reason.ORIGIN_MALFORMED: "The Origin header is no origin",
    Reason.REQUEST_MALFORMED: "The request is not well formed",
    Reason.LIMIT_EXCEEDED: "A request header is too long",
    Reason.ORIGIN_MISSING: "The Origin header is missing",
    Reason.ORIGIN_NOT_ALLOWED: "The origin is not allowed",
    Reason.PROTOCOL_NOT_ALLOWED: "The HTTP version is not allowed",
    Reason.METHOD_NOT_ALLOWED: "The method is not allowed",
    Reason.HEADER_NOT_ALLOWED: "A request header is not allowed",
    Reason.INTERNAL_ERROR: "The request could not be checked",
}


_encode = json.JSONEncoder().encode


def problem_body(reason: Reason, status: int, request_id: str | None) -> bytes:
    """Write the problem document of a denial.

    ``request_id`` is one that was accepted by whoever read it; ``None`` leaves it out.
    """
    return finish_problem(begin_problem(reason, status), request_id)


@lru_cache(maxsize=64)  # of each reason one, as each has one status
def begin_problem(reason: Reason, status: int) -> bytes:
    """Write the part of it that all denials of a kind have in common."""
    members = {"title": _TITLES[reason], "status": status, "reason": reason.value}
    return _encode(members).removesuffix("}").encode()


def finish_problem(beginning: bytes, request_id: str | None) -> bytes:
    """Write the rest of it, given what :func:`begin_problem` gave."""
    if request_id is None:
        return beginning + b"}"
    return b'%b, "requestId": %b}' % (beginning, _encode(request_id).encode())
