"""What a connection remembers of one request until it is answered. Nothing is decided here."""

from dataclasses import dataclass

from cors_authz.server.http2.frames import HeadersFrame
from cors_authz.server.http2.request import RequestHead


@dataclass(slots=True, eq=False)
class Stream:
    """A request on its way in, or an answer on its way out."""

    id: int
    octets: bytes
    """The id as it stands in frames."""
    head: RequestHead | None
    """Absent where it was too large."""
    window_bytes: int
    """How much of a body the peer lets us send."""
    arrived_s: float
    body_bytes: int = 0
    """How much of the body has arrived and waits for the rest, padding included."""
    has_ended: bool = False
    """Whether the peer has sent all of the request."""
    is_refused: bool = False
    """Whether what else comes of the request is dropped."""
    unsent: bytes = b""
    trailers: HeadersFrame | None = None
    _body: bytes | bytearray = b""

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
