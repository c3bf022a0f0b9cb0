"""Hosts and ports as they stand in an Origin or a Host header: parsed, never searched.

Only hosts that a URL parser would give back unchanged are accepted, apart from case:
letters, digits, ``-``, ``_`` and dots between non-empty labels, one trailing dot, or an
IPv6 address in brackets.
"""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple

MAX_HOST_LENGTH = 254
"""A DNS name has at most 253 characters (RFC 1035 2.3.4); one more for a trailing dot."""

_AUTHORITY = re.compile(
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)"
    r"(?::(?P<port>0|[1-9][0-9]{0,4}))?",
    re.ASCII,
)
_MAX_PORT = 65535
_MAX_AUTHORITY_LENGTH = MAX_HOST_LENGTH + len(":65535")


class Authority(NamedTuple):
    """A host in lower case, with its port if one was written."""

    host: str
    port: int | None


def parse_authority(text: str) -> Authority | None:
    """Parse ``host`` or ``host:port`` in lower case; ``None`` where it is neither.

    The grammar is RFC 3986's ``host [ ":" port ]`` without userinfo and percent-encoding,
    as browsers send it. Upper case is refused: callers to whom case does not matter lower
    the text first, after making sure that it is ASCII.
    """
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        return None
    host, port_text = match["host"], match["port"]
    if len(host) > MAX_HOST_LENGTH or (host[0] == "[" and not _is_ipv6(host[1:-1])):
        return None
    port = None if port_text is None else int(port_text)
    if port is not None and port > _MAX_PORT:
        return None
    return Authority(host, port)


def parse_host_header(text: str) -> Authority | None:
    """Parse a Host header or HTTP/2 ``:authority``, which compare without case (RFC 9110 4.2.3)."""
    if len(text) > _MAX_AUTHORITY_LENGTH or not text.isascii():
        return None
    return _parse_known_host(text)


@lru_cache(maxsize=256)  # a gateway has few hosts, and what is kept of each is short
def _parse_known_host(text: str) -> Authority | None:
    return parse_authority(text.lower())


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def canonical_ip(host: str) -> str | None:
    """Spell an IP address as browsers do (URL standard 3.5); ``None`` for a name.

    ``host`` is one that :func:`parse_authority` gave. Browsers take a name whose last label
    is a number for an IPv4 address; one that is not four plain decimal numbers comes back
    as a text that differs from it.
    """
    if host[0] == "[":
        address = ipaddress.IPv6Address(host[1:-1])
        mapped = address.ipv4_mapped
        if mapped is None:
            return f"[{address.compressed}]"
        high, low = divmod(int(mapped), 1 << 16)
        return f"[::ffff:{high:x}:{low:x}]"
    last = host.rstrip(".").rpartition(".")[2]
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last):
        return None
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        return "four decimal numbers, for example 192.0.2.1"
