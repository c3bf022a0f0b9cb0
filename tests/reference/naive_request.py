"""The request taken apart: its kind and what is wrong with it (design section 4).

Part of the naive reference: nothing of the product may be imported here.
"""

import re
from dataclasses import dataclass
from typing import Any

from tests.reference.naive_origins import is_serialised, same_place
from tests.reference.naive_routing import parse_host

Document = dict[str, Any]
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """What the request asks for."""

    kind: str
    problem: str | None
    """The reason for which it is denied before any policy is asked."""
    host: tuple[str, str | None] | None
    origin: str | None
    """As sent; ``None`` if absent or empty."""
    method: str
    """The method that policies are asked about."""
    headers: tuple[str, ...]
    """The requested header names, lower-case."""
    protocol: str
    handshake: bool
    asks_preflight: bool
    """OPTIONS with a requested method, whatever its kind."""
    stripped: bool
    """A browser sent an Origin, and somebody on the way took it off."""


@dataclass(frozen=True)
class Ruled:
    """What is decided, before it is turned into an answer."""

    verdict: str
    reason: str
    policy: Document | None = None
    mode: str | None = "enforce"
    evaluated: tuple[tuple[str, str], ...] = ()
    granting: tuple[Document, ...] = ()
    """The policies whose grants apply: together they accept the origin."""
    untouched: bool = False


def read_request(request: dict[str, Any]) -> Asked:
    """Take a request apart."""
    origin = request.get("origin") or None
    wanted = request.get("requested_method") or None
    host = parse_host(request["host"])
    problem = what_is_wrong(origin, host, wanted)
    options_with_method = request["method"] == "OPTIONS" and wanted is not None
    upgrades = [u.strip().lower() for u in (request.get("upgrade") or "").split(",")]
    if problem is not None:
        kind = "malformed"
    elif origin is None:
        kind = "non_cors"
    elif is_same_origin(request, origin, host):
        kind = "same_origin"
    elif options_with_method:
        kind = "preflight"
    elif "websocket" in upgrades:
        kind = "websocket"
    else:
        kind = "actual"
    headers: tuple[str, ...] = ()
    if kind == "preflight":
        headers, problem = read_header_list(request.get("requested_headers") or "")
    return Asked(
        kind=kind,
        problem=problem,
        host=host,
        origin=origin,
        method=str(wanted) if kind == "preflight" else request["method"],
        headers=headers,
        protocol=request["protocol"],
        handshake="websocket" in upgrades,
        asks_preflight=options_with_method,
        stripped=origin is None and (options_with_method or was_cross_site(request)),
    )


def what_is_wrong(origin: str | None, host: Any, wanted: str | None) -> str | None:
    """The reason for which a request is malformed, if it is.

    An origin's 512 bytes are as many characters: one beyond ASCII is malformed anyway.
    """
    if origin is not None and len(origin) > 512:
        return "limit_exceeded"
    if host is None:
        return "request_malformed"
    if wanted is not None and len(wanted) > 64:
        return "limit_exceeded"
    if wanted is not None and not TOKEN.fullmatch(wanted):
        return "request_malformed"
    if origin is not None and not is_serialised(origin):
        return "origin_malformed"
    return None


def is_same_origin(request: dict[str, Any], origin: str, host: Any) -> bool:
    """Whether page and request are of one origin."""
    return request.get("sec_fetch_site") == "same-origin" or same_place(
        origin, request["scheme"], host
    )


def was_cross_site(request: dict[str, Any]) -> bool:
    """Whether the browser made the request for a page elsewhere, in a mode with an Origin."""
    return request.get("sec_fetch_mode") in ("cors", "websocket") and request.get(
        "sec_fetch_site"
    ) in ("cross-site", "same-site")


def read_header_list(text: str) -> tuple[tuple[str, ...], str | None]:
    """The names in a list of requested headers, or the reason for which it is refused.

    It is read from left to right, and the first thing that is wrong counts.
    """
    if len(text) > 4096:
        return (), "limit_exceeded"
    names: list[str] = []
    empty = 0
    for element in text.split(","):
        name = element.strip(" \t").lower()
        if not name:
            empty += 1
        elif not TOKEN.fullmatch(name):
            return (), "request_malformed"
        elif name not in names:
            names.append(name)
        if empty > 16 or len(names) > 64:
            return (), "limit_exceeded"
    return tuple(names), None
