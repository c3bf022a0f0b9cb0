"""What a connection hands out: requests, whole or too large.

What each request has one of is a plain class, which compiled code makes much faster than a named
tuple.
"""

from enum import Enum, auto
from typing import Final, NamedTuple, TypeAlias

from cors_authz.server.http2.request import RequestHead


class RequestReceived:
    """A whole request."""

    __slots__ = ("arrived_s", "body", "head", "stream_id")

    def __init__(self, stream_id: int, head: RequestHead, body: bytes, arrived_s: float) -> None:
        self.stream_id: Final = stream_id
        self.head: Final = head
        self.body: Final = body
        self.arrived_s: Final = arrived_s
        """When its head arrived."""


class Excess(Enum):
    """What of a request is too large."""

    HEAD = auto()
    BODY = auto()


class RequestTooLarge(NamedTuple):
    """A request of which nothing was kept; it wants an answer like any other."""

    stream_id: int
    excess: Excess


Event: TypeAlias = RequestReceived | RequestTooLarge
