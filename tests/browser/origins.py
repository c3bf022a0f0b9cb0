"""The origins of pages and APIs, and what stands in for them on loopback. No test may live here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

SHOP = "https://shop.example.com"
SIBLING = "https://www.example.com"
"""Another origin on the same site as the API."""
PARTNER = "https://partner.example.org"
EVIL = "https://evil.example.net"

OWN = "the API's own"
"""Stands for the origin of the API that is called."""

API = "https://api.example.com"
OTHER_API = "https://api.example.org"
CACHED_API = "http://cdn.localhost"
"""The same services behind a shared cache."""


@dataclass(frozen=True, slots=True)
class Transport:
    """One of the ways to the API."""

    api: str
    """Its origin. One on localhost may be called by pages on https: although it is not."""
    protocol: str

    def __str__(self) -> str:
        """The name of the variant of a test."""
        return self.protocol


HTTP2 = Transport(API, "HTTP/2")
HTTP1 = Transport("http://api.localhost", "HTTP/1.1")
TRANSPORTS = (HTTP2, HTTP1)

_SITES = (
    "example.com",
    "pr-7.previewxexample.com",
    "*.example.com",
    "*.example.net",
    "*.example.org",
)
_LOCAL = ("localhost", "*.localhost", "127.0.0.1")


def stand_ins(ports: Mapping[str, int]) -> Mapping[str, Sequence[str]]:
    """The hosts by the loopback address of the listener that answers for them.

    ``ports`` are those of the listeners ``https``, ``http`` and ``cached``.
    """
    hosts = {
        "cached": [f"{urlsplit(CACHED_API).hostname}:80"],
        "https": [f"{host}:{port}" for host in (*_SITES, *_LOCAL) for port in (443, 3000, 8443)],
        "http": [f"{host}:{port}" for host in (*_SITES, *_LOCAL) for port in (80, 8080)],
    }
    return {f"127.0.0.1:{ports[name]}": entries for name, entries in hosts.items()}
