"""What is sent and what comes back, the same for every HTTP version.

Header values are Latin-1 texts, so that every byte can be sent.
"""

from dataclasses import dataclass, replace

HeaderPairs = tuple[tuple[str, str], ...]


class RefusedError(ConnectionError):
    """The peer closed the connection or reset the stream instead of answering."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a client is to send it, however wrong it is."""

    host: str
    path: str = "/"
    method: str = "GET"
    headers: HeaderPairs = ()
    body: bytes = b""

    def adding(self, *headers: tuple[str, str]) -> "Request":
        """The same request with more headers."""
        return replace(self, headers=(*self.headers, *headers))


@dataclass(frozen=True, slots=True)
class Response:
    """One response as it came; header names in lower case, in order, lines not joined."""

    status: int
    headers: HeaderPairs
    body: bytes

    def values(self, name: str) -> tuple[str, ...]:
        """The values of all lines of one header."""
        return tuple(value for key, value in self.headers if key == name)

    def cors_headers(self) -> HeaderPairs:
        """All ``access-control-*`` lines, sorted by name."""
        return tuple(sorted(h for h in self.headers if h[0].startswith("access-control-")))
