"""What a request is to CORS: hostile texts are parsed here, and nowhere else."""

from typing import NamedTuple

from cors_authz.policy.authority import Authority, parse_host_header
from cors_authz.policy.header_names import (
    HeaderListMalformedError,
    HeaderListTooLargeError,
    is_token,
    parse_header_list,
)
from cors_authz.policy.origin import DEFAULT_PORTS, MAX_ORIGIN_BYTES, Origin, parse_origin
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Kind, Reason

MAX_REQUESTED_METHOD_BYTES = 64
"""The longest method registered with IANA has 17 (RFC 9110 16.1.1)."""

_CROSS_ORIGIN_SITES = frozenset({"cross-site", "same-site"})
_MODES_WITH_ORIGIN = frozenset({"cors", "websocket"})
"""Fetch metadata modes under which a browser sends Origin to another origin, always
(Fetch standard 3.2, "append a request Origin header"; WebSockets standard, handshake)."""


class Classified(NamedTuple):
    """A request with its kind, and those of its parts that could be parsed."""

    request: Request
    kind: Kind
    fault: Reason | None
    """Why the request cannot be judged: it is malformed, or a preflight whose list is none."""
    authority: Authority | None
    origin: Origin | None
    origin_removed: bool
    """There is no Origin although a browser sent one: something on the way took it."""
    requested_headers: tuple[str, ...] = ()
    """The names a preflight asks for, lower-case; empty where they could not be parsed."""

    @property
    def host(self) -> str:
        """The host to route by; empty where it could not be parsed."""
        return "" if self.authority is None else self.authority.host

    @property
    def has_origin(self) -> bool:
        """Whether an Origin header stands there, parsed or not."""
        return bool(self.request.origin)

    @property
    def asks_permission(self) -> bool:
        """Whether this is a preflight, or one that lost its Origin on the way."""
        return self.request.method == "OPTIONS" and bool(self.request.requested_method)

    @property
    def is_handshake(self) -> bool:
        """Whether a WebSocket is asked for."""
        return _is_websocket(self.request)


def classify(request: Request) -> Classified:
    """Find a request's kind: the first of design section 4's table that fits."""
    authority = parse_host_header(request.host)
    origin = None
    fault = _find_fault(request, authority)
    if fault is None and request.origin:
        origin = parse_origin(request.origin)
        fault = Reason.ORIGIN_MALFORMED if origin is None else None
    kind = _find_kind(request, authority, origin, fault)
    requested_headers: tuple[str, ...] = ()
    if kind is Kind.PREFLIGHT:
        try:
            requested_headers = parse_header_list(request.requested_headers or "")
        except HeaderListMalformedError:
            fault = Reason.REQUEST_MALFORMED
        except HeaderListTooLargeError:
            fault = Reason.LIMIT_EXCEEDED
    return Classified(
        request=request,
        kind=kind,
        fault=fault,
        authority=authority,
        origin=origin,
        origin_removed=not request.origin and _needs_origin(request),
        requested_headers=requested_headers,
    )


def _find_fault(request: Request, authority: Authority | None) -> Reason | None:
    if request.origin is not None and len(request.origin) > MAX_ORIGIN_BYTES:
        return Reason.LIMIT_EXCEEDED
    if authority is None:
        return Reason.REQUEST_MALFORMED
    return _find_method_fault(request.requested_method or "")


def _find_method_fault(requested_method: str) -> Reason | None:
    if len(requested_method) > MAX_REQUESTED_METHOD_BYTES:
        return Reason.LIMIT_EXCEEDED
    if requested_method and not is_token(requested_method):
        return Reason.REQUEST_MALFORMED
    return None


def _find_kind(
    request: Request, authority: Authority | None, origin: Origin | None, fault: Reason | None
) -> Kind:
    if fault is not None or authority is None:
        return Kind.MALFORMED
    if origin is None:
        return Kind.NON_CORS
    if request.sec_fetch_site == "same-origin" or _is_own(origin, request.scheme, authority):
        return Kind.SAME_ORIGIN
    if request.method == "OPTIONS" and request.requested_method:
        return Kind.PREFLIGHT
    if _is_websocket(request):
        return Kind.WEBSOCKET
    return Kind.ACTUAL


def _is_own(origin: Origin, scheme: str, authority: Authority) -> bool:
    """Whether origin and request have scheme, host and port in common (HTML standard 7.1.1)."""
    default_port = DEFAULT_PORTS.get(scheme)
    port = default_port if authority.port is None else authority.port
    return (
        origin.scheme == scheme
        and origin.host == authority.host
        and origin.effective_port == port
        and not origin.is_null
    )


def _is_websocket(request: Request) -> bool:
    if request.upgrade is None:
        return False
    return any(token.strip().lower() == "websocket" for token in request.upgrade.split(","))


def _needs_origin(request: Request) -> bool:
    if request.method == "OPTIONS" and request.requested_method:
        return True
    return (
        request.sec_fetch_mode in _MODES_WITH_ORIGIN
        and request.sec_fetch_site in _CROSS_ORIGIN_SITES
    )
