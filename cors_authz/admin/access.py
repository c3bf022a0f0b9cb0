"""Who may see what: the Host header against DNS rebinding, the peer against neighbours.

An ASGI middleware around the whole application. Forwarding headers are not believed.
"""

import ipaddress
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cors_authz.policy.authority import canonical_ip, parse_host_header

OPEN_PATHS = frozenset({"/livez", "/readyz", "/metrics"})
"""Kubelets and Prometheus come from elsewhere, under any name."""

_CONTENT_SECURITY_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    b"img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)

_SECURITY_HEADERS = (
    (b"content-security-policy", _CONTENT_SECURITY_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What the operator opened."""

    hosts: frozenset[str]
    """Names, in lower case, by which the server may be called beside localhost and addresses."""
    api_open: bool
    """Whether page and API answer peers that are not on loopback."""


class AccessGuard:
    """Lets a request through to the application, or refuses it with 403."""

    def __init__(self, app: ASGIApp, rules: AccessRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        problem = None if scope["path"] in OPEN_PATHS else self._problem(scope)
        app = self._app if problem is None else PlainTextResponse(f"{problem}\n", 403)
        await app(scope, receive, _with_security_headers(send))

    def _problem(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if not self._is_known_host(headers.get("host", "")):
            return (
                "This Host is not known here. Ask by localhost or an IP address, or start the "
                "server with --admin-host NAME."
            )
        if not self._rules.api_open and not _is_loopback(scope):
            return (
                "The page and the API answer loopback peers only. Forward the port, or start the "
                "server with --admin-api."
            )
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "Other sites may not ask this server through a browser."
        return None

    def _is_known_host(self, text: str) -> bool:
        authority = parse_host_header(text)
        if authority is None:
            return False
        host = authority.host
        return host == "localhost" or canonical_ip(host) == host or host in self._rules.hosts


def _is_loopback(scope: Scope) -> bool:
    """Whoever comes over a UNIX socket has no address, and is on this machine."""
    if scope.get("client") is None:
        return True
    try:
        address = ipaddress.ip_address(scope["client"][0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _with_security_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_SECURITY_HEADERS]
        await send(message)

    return send_with_headers
