"""The headers of each outcome: the table of answers in design section 4."""

from cors_authz.policy.decision import Answer, Header, HeaderAction
from cors_authz.policy.header_names import AUTHORIZATION, HeaderNames
from cors_authz.policy.origin import Origin
from cors_authz.policy.policy import Grants

ALLOW_ORIGIN = "access-control-allow-origin"
ALLOW_CREDENTIALS = "access-control-allow-credentials"
ALLOW_METHODS = "access-control-allow-methods"
ALLOW_HEADERS = "access-control-allow-headers"
EXPOSE_HEADERS = "access-control-expose-headers"
MAX_AGE = "access-control-max-age"

STATUS_PREFLIGHT = 204
STATUS_DENIED = 403
STATUS_INTERNAL_ERROR = 503

_VARY_PREFLIGHT = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

_SET_VARY = Header("vary", "Origin", HeaderAction.SET)
_SET_VARY_PREFLIGHT = Header("vary", _VARY_PREFLIGHT, HeaderAction.SET)
_APPEND_VARY = Header("vary", "Origin", HeaderAction.APPEND)
_NO_STORE = Header("cache-control", "no-store", HeaderAction.SET)
_PROBLEM = Header("content-type", "application/problem+json", HeaderAction.SET)

UNTOUCHED = Answer(None, ())
"""The request goes on, and its response is none of our business."""

UNGRANTED = Answer(
    None,
    (
        Header(ALLOW_ORIGIN, "", HeaderAction.NEUTRALISE),
        Header(ALLOW_CREDENTIALS, "", HeaderAction.NEUTRALISE),
        Header(EXPOSE_HEADERS, "", HeaderAction.NEUTRALISE),
        _APPEND_VARY,
    ),
)
"""The request goes on, and whatever the upstream grants is taken back."""

DENIED = Answer(STATUS_DENIED, (_SET_VARY, _NO_STORE, _PROBLEM))
PREFLIGHT_DENIED = Answer(STATUS_DENIED, (_SET_VARY_PREFLIGHT, _NO_STORE, _PROBLEM))
INTERNAL_ERROR = Answer(STATUS_INTERNAL_ERROR, (_SET_VARY, _NO_STORE, _PROBLEM))


def denied_readably(origin: Origin, grants: Grants) -> Answer:
    """Deny a request whose origin was accepted, so that the page can read why."""
    return Answer(STATUS_DENIED, (*_origin_headers(origin, grants), *DENIED.headers))


def granted(origin: Origin, grants: Grants) -> Answer:
    """Let an actual request or a handshake through, with what its origin is granted."""
    return Answer(
        None,
        (
            Header(ALLOW_ORIGIN, _allowed_origin(origin, grants), HeaderAction.SET),
            _granted_or_neutralised(ALLOW_CREDENTIALS, "true" if grants.credentials else ""),
            _granted_or_neutralised(EXPOSE_HEADERS, _exposed(grants.exposed)),
            _APPEND_VARY,
        ),
    )


def preflight_granted(
    origin: Origin, grants: Grants, requested_method: str, requested_headers: tuple[str, ...]
) -> Answer:
    """Answer a preflight with everything that is allowed, so that one serves many requests."""
    headers = list(_origin_headers(origin, grants))
    methods = _announced_methods(grants, requested_method)
    headers.append(Header(ALLOW_METHODS, methods, HeaderAction.SET))
    names = _announced_headers(grants, requested_headers)
    if names:
        headers.append(Header(ALLOW_HEADERS, names, HeaderAction.SET))
    headers.append(Header(MAX_AGE, str(grants.max_age_s), HeaderAction.SET))
    headers.append(_SET_VARY_PREFLIGHT)
    return Answer(STATUS_PREFLIGHT, tuple(headers))


def _origin_headers(origin: Origin, grants: Grants) -> tuple[Header, ...]:
    allow_origin = Header(ALLOW_ORIGIN, _allowed_origin(origin, grants), HeaderAction.SET)
    if not grants.credentials:
        return (allow_origin,)
    return (allow_origin, Header(ALLOW_CREDENTIALS, "true", HeaderAction.SET))


def _allowed_origin(origin: Origin, grants: Grants) -> str:
    return "*" if grants.any_origin and not grants.credentials else origin.text


def _announced_methods(grants: Grants, requested_method: str) -> str:
    """``*`` is a literal where credentials are included (Fetch standard 4.8, step 5 of 7)."""
    if grants.methods.listed is not None:
        return ", ".join(grants.methods.listed)
    return requested_method if grants.credentials else "*"


def _announced_headers(grants: Grants, requested: tuple[str, ...]) -> str:
    """Likewise, and ``*`` never stands for Authorization."""
    allowed = grants.headers
    if not allowed.wildcard:
        return ", ".join(allowed.names)
    listed = tuple(name for name in allowed.names if name == AUTHORIZATION)
    if grants.credentials:
        return ", ".join(dict.fromkeys((*requested, *listed)))
    return ", ".join(("*", *listed))


def _exposed(exposed: HeaderNames) -> str:
    return "*" if exposed.wildcard else ", ".join(exposed.names)


def _granted_or_neutralised(name: str, value: str) -> Header:
    return Header(name, value, HeaderAction.SET if value else HeaderAction.NEUTRALISE)
