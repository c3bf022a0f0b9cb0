"""What a connection hands out: requests, whole or too large."""

from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from cors_authz.server.http2.request import RequestHead


class RequestReceived(NamedTuple):
    """A whole request."""

    stream_id: int
    head: RequestHead
    body: bytes
    arrived_s: float
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
