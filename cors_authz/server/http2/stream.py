"""What a connection remembers of one request until it is answered. Nothing is decided here."""

from cors_authz.server.http2.frames import HeadersFrame
from cors_authz.server.http2.request import RequestHead


class Stream:
    """A request on its way in, or an answer on its way out."""

    __slots__ = (
        "_body",
        "arrived_s",
        "body_bytes",
        "has_ended",
        "head",
        "id",
        "is_refused",
        "octets",
        "trailers",
        "unsent",
        "window_bytes",
    )

    def __init__(
        self,
        stream_id: int,
        head: RequestHead | None,
        window_bytes: int,
        arrived_s: float,
        *,
        has_ended: bool,
    ) -> None:
        """``head`` is absent where it was too large."""
        self.id = stream_id
        self.octets = stream_id.to_bytes(4, "big")
        """The id as it stands in frames."""
        self.head = head
        self.window_bytes = window_bytes
        """How much of a body the peer lets us send."""
        self.arrived_s = arrived_s
        self.body_bytes = 0
        """How much of the body has arrived and waits for the rest, padding included."""
        self.has_ended = has_ended
        """Whether the peer has sent all of the request."""
        self.is_refused = False
        """Whether what else comes of the request is dropped."""
        self.unsent = b""
        self.trailers: HeadersFrame | None = None
        self._body: bytes | bytearray = b""

    def hold_back(self, body: bytes, trailers: HeadersFrame) -> None:
        """Keep the rest of an answer until the windows are open."""
        self.unsent = body
        self.trailers = trailers

    def append(self, part: bytes) -> None:
        """Keep a part of the body; mostly there is one only, which is not copied."""
        if not self._body:
            self._body = part
        elif isinstance(self._body, bytes):
            self._body = bytearray(self._body + part)
        else:
            self._body += part

    def take_body(self) -> bytes:
        """What was kept, which is then gone."""
        body, self._body = self._body, b""
        return bytes(body)
