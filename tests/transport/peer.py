"""A client whose frames the test controls: the ``h2`` package on a blocking socket."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.settings

from tests.transport.serving import CHECK

TIMEOUT_S = 15.0
_READ_BYTES = 65536
_GOAWAY = 7

Fields = Sequence[tuple[str, str]]
Settings = dict[h2.settings.SettingCodes, int]

GRPC: Fields = (("te", "trailers"), ("content-type", "application/grpc"))


@dataclass(slots=True)
class Reply:
    """What came back on one stream so far."""

    status: str | None = None
    """The HTTP status."""
    fields: dict[str, str] = field(default_factory=dict)
    """Head and trailers together."""
    body: bytes = b""
    has_ended: bool = False
    reset_code: int | None = None

    @property
    def grpc_status(self) -> int | None:
        """The status of the call, once it is known."""
        return int(self.fields["grpc-status"]) if "grpc-status" in self.fields else None

    @property
    def message(self) -> bytes:
        """The one message of the answer."""
        return self.body[5:]


class Peer:
    """One connection to a server."""

    def __init__(self, connection: socket.socket, settings: Settings | None = None) -> None:
        self.socket = connection
        config = h2.config.H2Configuration(
            client_side=True,
            header_encoding="latin-1",
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.machine = h2.connection.H2Connection(config)
        if settings is not None:
            self.machine.local_settings = h2.settings.Settings(client=True, initial_values=settings)
        self.machine.initiate_connection()
        self.replies: dict[int, Reply] = {}
        self.goaway_codes: list[int] = []
        self._unread = b""
        self.is_closed = False
        self.flush()

    def send_head(
        self, *, end: bool, method: str = "POST", path: str = CHECK, fields: Fields = GRPC
    ) -> int:
        """Send the head of a request; return its stream."""
        stream_id = self.machine.get_next_available_stream_id()
        pseudo = ((":method", method), (":scheme", "http"), (":path", path), (":authority", "x"))
        self.machine.send_headers(stream_id, [*pseudo, *fields], end_stream=end)
        self.replies[stream_id] = Reply()
        self.flush()
        return stream_id

    def send_body(self, stream_id: int, body: bytes, *, end: bool = True) -> None:
        """Send DATA, which must fit the windows."""
        for start in range(0, len(body) or 1, 16384):
            part = body[start : start + 16384]
            self.machine.send_data(stream_id, part, end_stream=end and start + 16384 >= len(body))
        self.flush()

    def call(self, payload: bytes, fields: Fields = GRPC) -> int:
        """Send a whole check; return its stream."""
        stream_id = self.send_head(fields=fields, end=False)
        self.send_body(stream_id, framed(payload))
        return stream_id

    def call_at_once(self, payload: bytes, count: int) -> list[int]:
        """Send so many whole checks, all in one write; return their streams."""
        head = ((":method", "POST"), (":scheme", "http"), (":path", CHECK), (":authority", "x"))
        streams = []
        for _ in range(count):
            stream_id = self.machine.get_next_available_stream_id()
            self.machine.send_headers(stream_id, [*head, *GRPC])
            self.machine.send_data(stream_id, framed(payload), end_stream=True)
            self.replies[stream_id] = Reply()
            streams.append(stream_id)
        self.flush()
        return streams

    def send_raw(self, octets: bytes) -> None:
        """Send bytes that the ``h2`` package would not; a closed connection is noted."""
        try:
            self.socket.sendall(octets)
        except OSError:
            self.is_closed = True

    def flush(self) -> None:
        """Send what the machine has to say."""
        self.send_raw(self.machine.data_to_send())

    def ended(self, stream_id: int) -> Reply:
        """Read until a stream has ended, or the connection."""
        reply = self.replies[stream_id]
        self.read_until(lambda: reply.has_ended)
        return reply

    def read_until(self, is_enough: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> bool:
        """Read until something holds or the connection is closed; return whether it holds."""
        deadline = time.monotonic() + timeout_s
        while not is_enough() and not self.is_closed:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            self._read()
            if time.monotonic() > deadline:
                break
        return is_enough()

    def _read(self) -> None:
        try:
            received = self.socket.recv(_READ_BYTES)
        except TimeoutError:
            return
        except OSError:
            received = b""
        if not received:
            self.is_closed = True
            return
        self._unread += received
        for frame in self._take_frames():
            # The machine would take nothing more after it, whereas a GOAWAY of a server that
            # drains is only the beginning of the end (RFC 9113 section 6.8).
            if frame[3] == _GOAWAY:
                self.goaway_codes.append(int.from_bytes(frame[13:17], "big"))
                continue
            for event in self.machine.receive_data(frame):
                self._note(event)
        self.flush()

    def _take_frames(self) -> Iterator[bytes]:
        while len(self._unread) >= 9:
            size = 9 + int.from_bytes(self._unread[:3], "big")
            if len(self._unread) < size:
                break
            frame, self._unread = self._unread[:size], self._unread[size:]
            yield frame

    def _note(self, event: h2.events.Event) -> None:
        reply = self.replies.get(getattr(event, "stream_id", None) or 0)
        if reply is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            reply.fields.update((str(n), str(v)) for n, v in event.headers)
            reply.status = reply.fields[":status"]
        elif isinstance(event, h2.events.TrailersReceived):
            reply.fields.update((str(n), str(v)) for n, v in event.headers)
        elif isinstance(event, h2.events.DataReceived):
            reply.body += event.data
        elif isinstance(event, h2.events.StreamEnded):
            reply.has_ended = True
        elif isinstance(event, h2.events.StreamReset):
            reply.has_ended = True
            reply.reset_code = event.error_code


@contextmanager
def connected(
    port: int, settings: Settings | None = None, receive_buffer_bytes: int | None = None
) -> Iterator[Peer]:
    """A peer connected to a port on loopback."""
    with socket.socket() as connection:
        if receive_buffer_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        connection.settimeout(TIMEOUT_S)
        connection.connect(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield Peer(connection, settings)


def framed(payload: bytes, flag: int = 0) -> bytes:
    """A gRPC message on the wire."""
    return bytes([flag]) + len(payload).to_bytes(4, "big") + payload


def closed_after_s(connection: socket.socket) -> float:
    """How long a peer that only listens has to wait for the end."""
    began_s = time.monotonic()
    connection.settimeout(TIMEOUT_S)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - began_s
