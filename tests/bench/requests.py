"""What is asked: requests such as browsers send, of each kind that the product tells apart."""

from dataclasses import dataclass
from enum import Enum

from tests.support.exchange import Request

HOST = "api-7.example.com"
PATHS = tuple(f"/orders/{number}?include=items" for number in range(4000, 4064))
"""Several, so that whoever remembers answers by path does not look better than it is."""
ORIGIN = "https://shop.example.com"
FOREIGN_ORIGIN = "https://attacker.example.net"

_BROWSER = (
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"),
    ("accept", "application/json, text/plain, */*"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("accept-language", "en-GB,en;q=0.9,de;q=0.8"),
)
_FETCH = (("sec-fetch-mode", "cors"), ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "empty"))
_PREFLIGHT = (
    ("access-control-request-method", "PUT"),
    ("access-control-request-headers", "authorization,content-type"),
)


@dataclass(frozen=True, slots=True)
class Asking:
    """One request, and what the product must make of it."""

    request: Request
    status: int
    """That the client gets, where the upstream answers 200."""
    is_granted: bool
    """Whether the response names the origin."""


class RequestKind(Enum):
    """By the name that the tables have for it."""

    ACTUAL = "actual"
    PREFLIGHT = "preflight"
    DENIED = "denied"
    NO_ORIGIN = "no Origin"

    @property
    def asking(self) -> Asking:
        """The request."""
        return _ASKINGS[self]


def _ask(method: str, *headers: tuple[str, str]) -> Request:
    return Request(HOST, PATHS[0], method, (*_BROWSER, *headers))


_ASKINGS = {
    RequestKind.ACTUAL: Asking(_ask("GET", *_FETCH, ("origin", ORIGIN)), 200, is_granted=True),
    RequestKind.PREFLIGHT: Asking(
        _ask("OPTIONS", *_FETCH, ("origin", ORIGIN), *_PREFLIGHT), 204, is_granted=True
    ),
    RequestKind.DENIED: Asking(
        _ask("GET", *_FETCH, ("origin", FOREIGN_ORIGIN)), 403, is_granted=False
    ),
    RequestKind.NO_ORIGIN: Asking(_ask("GET"), 200, is_granted=False),
}
