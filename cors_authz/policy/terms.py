"""The closed lists of words that log, metrics, metadata, command line and docs share.

Nothing but enumerations may live here. A word that is added here must be documented in
``docs/semantics.md`` and reachable by a test.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a request is to CORS; the first that fits, in this order."""

    MALFORMED = "malformed"
    NON_CORS = "non_cors"
    SAME_ORIGIN = "same_origin"
    PREFLIGHT = "preflight"
    WEBSOCKET = "websocket"
    ACTUAL = "actual"


class Verdict(StrEnum):
    """What happens to a request.

    ``WITHHOLD`` lets it through to the upstream without any CORS grant, so that the
    browser keeps the response from the page (``Mode.HEADERS_ONLY``).
    """

    ALLOW = "allow"
    DENY = "deny"
    WITHHOLD = "withhold"


class Reason(StrEnum):
    """Why a decision came out as it did."""

    ALLOWED = "allowed"
    NO_GROUP = "no_group"
    GROUP_UNKNOWN = "group_unknown"
    PATH_AMBIGUOUS = "path_ambiguous"
    ORIGIN_MALFORMED = "origin_malformed"
    REQUEST_MALFORMED = "request_malformed"
    LIMIT_EXCEEDED = "limit_exceeded"
    ORIGIN_MISSING = "origin_missing"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    PROTOCOL_NOT_ALLOWED = "protocol_not_allowed"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    HEADER_NOT_ALLOWED = "header_not_allowed"
    INTERNAL_ERROR = "internal_error"


class Mode(StrEnum):
    """How much of a policy's denial is put into effect."""

    ENFORCE = "enforce"
    HEADERS_ONLY = "headersOnly"
    REPORT_ONLY = "reportOnly"


class Evaluation(StrEnum):
    """How the ordered policies of a group combine."""

    FIRST_MATCH = "firstMatch"
    ALL = "all"


class SameOrigin(StrEnum):
    """Whether a group holds same-origin requests to its policies."""

    ALLOW = "allow"
    CHECK = "check"


class Unmatched(StrEnum):
    """What becomes of a request that belongs to no API group."""

    ALLOW = "allow"
    DENY = "deny"


class HttpProtocol(StrEnum):
    """HTTP versions, spelled as Envoy's ``attributes.request.http.protocol``."""

    HTTP_1_0 = "HTTP/1.0"
    HTTP_1_1 = "HTTP/1.1"
    HTTP_2 = "HTTP/2"
    HTTP_3 = "HTTP/3"
