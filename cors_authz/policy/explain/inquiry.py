"""What somebody asks to have explained: a page's request, in the words of people.

From these words to the request that Envoy would describe; nothing is decided here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cors_authz.policy.header_names import is_token
from cors_authz.policy.request import Request
from cors_authz.policy.safelist import is_forbidden, unsafe_names
from cors_authz.policy.terms import HttpProtocol

MAX_HEADERS = 200
MAX_TEXT_LENGTH = 16_384
"""Of a URL or a header: more than browsers send, and little enough to work on."""

_URL = re.compile(
    r"(?P<scheme>https?|wss?)://(?P<authority>[^/?#\\]*)(?P<target>[^#]*)", re.ASCII | re.IGNORECASE
)
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_HTTP_SCHEMES = {"ws": "http", "wss": "https"}
_NORMALISED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""Those that browsers write in upper case whatever the page wrote (Fetch standard 2.2.1)."""


class InquiryError(ValueError):
    """The words make no request. ``fix`` says what to write instead."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A request as a page makes it, and as Envoy would describe it."""

    request: Request
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What the page's script set: names in lower case, and values, which are never shown."""
    credentials: bool = False
    """Whether the page includes credentials (``fetch``'s ``credentials: "include"``)."""
    preflight: bool = False
    """Explain the preflight alone, even where a browser would send none."""

    @property
    def unsafe_names(self) -> tuple[str, ...]:
        """The page's headers that need asking."""
        return unsafe_names(self.headers)

    def as_preflight(self) -> Request:
        """The preflight of this request (Fetch standard 4.8, CORS-preflight fetch)."""
        names = ",".join(self.unsafe_names)
        return self.request._replace(
            method="OPTIONS",
            requested_method=self.request.method,
            requested_headers=names or None,
            upgrade=None,
        )


def make_inquiry(  # noqa: PLR0913 - a request has that many sides
    url: str,
    *,
    method: str = "GET",
    origin: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    protocol: str | None = None,
    group: str | None = None,
    credentials: bool = False,
    preflight: bool = False,
) -> Inquiry:
    """Understand a request.

    Args:
        url: Absolute, of ``http``, ``https``, ``ws`` or ``wss``.
        method: As the page spells it; as browsers do, ``put`` is corrected and ``patch`` is not.
        origin: The page's origin; stands before an Origin among ``headers``.
        headers: Names and values; those that only a browser can set tell of it.
        protocol: The HTTP version; HTTP/2 under TLS and HTTP/1.1 otherwise by default.
        group: The API group that the Envoy route names.
        credentials: Whether credentials are included; so they are where a cookie is given.
        preflight: Explain the preflight alone.

    Raises:
        InquiryError: The URL or a header is none.
    """
    scheme, host, target = _split_url(url)
    sent = _headers(headers)
    handshake = scheme in _HTTP_SCHEMES
    upgrade = "websocket" if handshake else sent.get("upgrade")
    scheme = _HTTP_SCHEMES.get(scheme, scheme)
    request = Request(
        method=method.upper() if method.upper() in _NORMALISED_METHODS else method,
        scheme=scheme,
        host=sent.get("host", host),
        path=target,
        protocol=protocol or _default_protocol(scheme, upgrade),
        origin=sent.get("origin") if origin is None else origin,
        requested_method=sent.get("access-control-request-method"),
        requested_headers=sent.get("access-control-request-headers"),
        sec_fetch_site=sent.get("sec-fetch-site"),
        sec_fetch_mode=sent.get("sec-fetch-mode"),
        upgrade=upgrade,
        group=group,
    )
    return Inquiry(
        request=request,
        headers=tuple((n, v) for n, v in sent.items() if not is_forbidden(n)),
        credentials=credentials or "cookie" in sent,
        preflight=preflight,
    )


def _split_url(url: str) -> tuple[str, str, str]:
    """Scheme, authority and request target; userinfo and fragment are never sent."""
    match = _URL.fullmatch(url.partition("#")[0])
    if match is None or len(url) > MAX_TEXT_LENGTH:
        raise InquiryError(
            "this is no absolute URL of http, https, ws or wss",
            "write one such as https://api.example.com/orders/1",
        )
    if _UNPRINTABLE.search(url):
        raise InquiryError(
            "the URL holds a blank, a control character or one beyond ASCII",
            "write it percent-encoded, as browsers send it",
        )
    authority = match["authority"].rpartition("@")[2]
    target = match["target"]
    path = target if target.startswith(("/", "\\")) else f"/{target}"
    return match["scheme"].lower(), authority, path


def _headers(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Names in lower case; repeated ones joined as Envoy joins them."""
    sent: dict[str, str] = {}
    for count, (name, value) in enumerate(headers):
        if count == MAX_HEADERS:
            raise InquiryError(f"there are more than {MAX_HEADERS} headers", "leave some out")
        if not is_token(name):
            raise InquiryError("a header's name is none", "write name or 'name: value'")
        if len(value) > MAX_TEXT_LENGTH:
            raise InquiryError(f"the value of {name} is too long", "shorten it")
        key = name.lower()
        sent[key] = f"{sent[key]},{value}" if key in sent else value
    return sent


def _default_protocol(scheme: str, upgrade: str | None) -> str:
    """What a browser would speak; most WebSockets are opened over HTTP/1.1."""
    modern = scheme == "https" and upgrade is None
    return HttpProtocol.HTTP_2 if modern else HttpProtocol.HTTP_1_1
