"""What a serialised origin is, and which entries of ``allowedOrigins`` fit it.

Part of the naive reference: nothing of the product may be imported here.
"""

import re
from typing import Any

from tests.reference.naive_routing import parse_host

Document = dict[str, Any]
DEFAULT_PORTS = {"http": "80", "https": "443"}
SITES_OF_STRANGERS = tuple(
    f"{scheme}://{host}"
    for scheme in ("https", "http")
    for host in ("stranger.com", "some-body-2.com", "stranger.org", "stranger.example")
)


def split_origin(text: str) -> tuple[str, str, str | None] | None:
    """Scheme, host and port of a serialised origin; nothing if it is none, or ``null``."""
    scheme, separator, rest = text.partition("://")
    host_and_port = parse_host(rest)
    if not separator or host_and_port is None or rest != rest.lower():
        return None
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme, re.ASCII):
        return None
    return scheme, *host_and_port


def is_serialised(text: str) -> bool:
    """Whether a text is an origin as a browser writes it."""
    return text == "null" or split_origin(text) is not None


def same_place(origin: str, scheme: str, host: tuple[str, str | None]) -> bool:
    """Whether an origin is the request's own; default ports count as not written."""
    parts = split_origin(origin)
    if parts is None:
        return False
    default = DEFAULT_PORTS.get(scheme)
    return (scheme, host[0], host[1] or default) == (parts[0], parts[1], parts[2] or default)


def fits(entry: str, origin: str) -> bool:
    """Whether one entry of ``allowedOrigins`` accepts a serialised origin."""
    if entry == "*":
        return True
    if entry.startswith("~"):
        return re.fullmatch(entry[1:], origin) is not None
    if entry == "null" or origin == "null":
        return entry == origin
    if "://" not in entry:
        entry = "https://" + entry
    return fits_spelled(entry, split_origin(origin))


def fits_spelled(entry: str, origin: tuple[str, str, str | None] | None) -> bool:
    """Whether an entry with scheme, host and port, wildcards included, accepts an origin."""
    if origin is None:
        return False
    scheme, host, port = origin
    wanted_scheme, _, wanted_host = entry.partition("://")
    wanted_port = None
    if re.search(r":([0-9]+|\*)$", wanted_host):
        wanted_host, _, wanted_port = wanted_host.rpartition(":")
    if scheme != wanted_scheme or wanted_port not in ("*", port):
        return False
    if wanted_host.startswith("*."):
        return host.endswith(wanted_host[1:]) and host != wanted_host[1:]
    return bool(host == wanted_host)


def accepts_origin(policy: Document, origin: str, *, handshake: bool) -> bool:
    """Whether a policy's origins accept a serialised origin.

    A handshake is not accepted by a policy that accepts strangers, unless it says so.
    """
    entries = policy.get("allowedOrigins")
    if handshake and "websocket-any-origin" not in (policy.get("acknowledge") or []):
        strangers = SITES_OF_STRANGERS
        if entries is None or any(fits(e, site) for e in entries for site in strangers):
            return False
    return entries is None or any(fits(entry, origin) for entry in entries)


def accepts_everybody(policy: Document) -> bool:
    """Whether a policy is meant for every origin: none listed, or the lone star."""
    entries = policy.get("allowedOrigins")
    return entries is None or "*" in entries
