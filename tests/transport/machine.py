"""Drives the protocol without a socket: frames in, frames and requests out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hpack.hpack import Decoder, Encoder

from cors_authz.server.http2.connection import Connection
from cors_authz.server.http2.errors import ErrorCode
from cors_authz.server.http2.events import Event
from cors_authz.server.http2.frames import HeadersFrame, headers_frame
from cors_authz.server.http2.huffman import HuffmanDecoder
from cors_authz.server.http2.limits import Limits

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE = range(6)
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, UNKNOWN = range(6, 11)

END_STREAM = ACK = 1
END_HEADERS = 4
PADDED = 8
HAS_PRIORITY = 32

HEAD = ((":method", "POST"), (":scheme", "http"), (":path", "/a/b"), (":authority", "x"))

LIMITS = Limits(
    max_body_bytes=1000,
    max_streams=4,
    max_header_list_bytes=2000,
    max_header_frames=3,
    max_waiting_body_bytes=100_000,
)

ANSWER: HeadersFrame = headers_frame(Encoder().encode([(":status", "200")]), ends_stream=False)
TRAILERS: HeadersFrame = headers_frame(
    Encoder().encode([("grpc-status", "0", True)]), ends_stream=True
)


class Frame(NamedTuple):
    """A frame that the connection sent."""

    kind: int
    flags: int
    stream_id: int
    payload: bytes

    @property
    def code(self) -> ErrorCode:
        """The error code of RST_STREAM."""
        return ErrorCode(int.from_bytes(self.payload, "big"))


def frame(kind: int, flags: int = 0, stream_id: int = 0, payload: bytes = b"") -> bytes:
    """A frame on the wire."""
    start = len(payload).to_bytes(3, "big") + bytes([kind, flags])
    return start + stream_id.to_bytes(4, "big") + payload


def number(value: int) -> bytes:
    """Four octets."""
    return value.to_bytes(4, "big")


def setting(key: int, value: int) -> bytes:
    """A SETTINGS frame with one setting."""
    return frame(SETTINGS, payload=key.to_bytes(2, "big") + number(value))


@dataclass(slots=True)
class Machine:
    """A connection, with an encoder for what goes in and a decoder for what comes out."""

    connection: Connection
    encoder: Encoder
    decoder: Decoder
    now_s: float = 0.0

    def send(self, *frames: bytes) -> list[Event]:
        """Feed frames in one piece."""
        return self.connection.receive(b"".join(frames), self.now_s)

    def head(
        self,
        stream_id: int,
        fields: Sequence[tuple[str, str]] = HEAD,
        *,
        end: bool = False,
    ) -> bytes:
        """HEADERS of a request."""
        flags = END_HEADERS | (END_STREAM if end else 0)
        return frame(HEADERS, flags, stream_id, self.encoder.encode(fields))

    def request(self, stream_id: int, body: bytes = b"body") -> bytes:
        """A whole request."""
        return self.head(stream_id) + frame(DATA, END_STREAM, stream_id, body)

    def answer(self, stream_id: int, body: bytes = b"answer") -> None:
        """Answer a request."""
        self.connection.answer(stream_id, ANSWER, body, TRAILERS)

    def taken(self) -> list[Frame]:
        """The frames that the connection has to send."""
        return list(_cut(self.connection.take_output()))


def opened(limits: Limits = LIMITS) -> Machine:
    """A connection after its preface; the limits are small unless others are given."""
    machine = Machine(Connection(limits, HuffmanDecoder(), 0.0), Encoder(), Decoder())
    machine.send(PREFACE, frame(SETTINGS), frame(SETTINGS, ACK))
    machine.taken()
    return machine


def goaway_code(frames: Sequence[Frame]) -> ErrorCode | None:
    """The error of the last GOAWAY, if there is one."""
    codes = [ErrorCode(int.from_bytes(f.payload[4:8], "big")) for f in frames if f.kind == GOAWAY]
    return codes[-1] if codes else None


def _cut(octets: bytes) -> Iterator[Frame]:
    while octets:
        size = int.from_bytes(octets[:3], "big")
        stream_id = int.from_bytes(octets[5:9], "big")
        yield Frame(octets[3], octets[4], stream_id, octets[9 : 9 + size])
        octets = octets[9 + size :]
