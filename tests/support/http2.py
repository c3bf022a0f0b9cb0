"""An HTTP/2 client with prior knowledge that sends what it is given, unchecked."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from tests.support import http1
from tests.support.exchange import HeaderPairs, RefusedError, Request, Response

_READ_BYTES = 65536


def send_http2(port: int, request: Request) -> Response:
    """Send a request on a connection of its own, and read the response to it.

    Raises:
        RefusedError: The peer reset the stream or closed the connection.
    """
    with open_http2(port) as connection:
        stream = connection.request(pseudo_headers(request), request.headers, request.body)
        return stream.receive()


def pseudo_headers(request: Request) -> HeaderPairs:
    """The pseudo headers of an ordinary request on a plaintext connection."""
    return (
        (":method", request.method),
        (":scheme", "http"),
        (":authority", request.host),
        (":path", request.path),
    )


@contextmanager
def open_http2(port: int) -> Iterator["Http2Connection"]:
    """Open a connection; leaving the block closes it."""
    config = h2.config.H2Configuration(
        client_side=True,
        header_encoding="latin-1",
        validate_outbound_headers=False,
        normalize_outbound_headers=False,
        validate_inbound_headers=False,
    )
    with http1.connect(port) as connection:
        machine = h2.connection.H2Connection(config)
        machine.initiate_connection()
        yield Http2Connection(connection, machine)


@dataclass(frozen=True, slots=True)
class Http2Connection:
    """An open connection."""

    socket: socket.socket
    machine: h2.connection.H2Connection

    def request(
        self, pseudo: HeaderPairs, headers: HeaderPairs, body: bytes = b"", *, end: bool = True
    ) -> "Http2Stream":
        """Send a request's head and body; ``end=False`` leaves the stream open for more."""
        stream_id = self.machine.get_next_available_stream_id()
        encoded = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in (*pseudo, *headers)]
        self.machine.send_headers(stream_id, encoded, end_stream=end and not body)
        if body:
            self.machine.send_data(stream_id, body, end_stream=end)
        self.flush()
        return Http2Stream(self, stream_id)

    def flush(self) -> None:
        """Send what waits to be sent."""
        self.socket.sendall(self.machine.data_to_send())

    def events(self) -> list[h2.events.Event]:
        """Read what the peer sent next.

        Raises:
            RefusedError: The peer closed the connection.
        """
        try:
            received = self.socket.recv(_READ_BYTES)
        except ConnectionError as error:
            raise RefusedError(str(error)) from error
        if not received:
            raise RefusedError("connection closed")
        events = self.machine.receive_data(received)
        self.flush()
        return events


@dataclass(slots=True)
class Http2Stream:
    """One request on a connection, with what came back so far."""

    connection: Http2Connection
    stream_id: int
    head: HeaderPairs | None = None
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def receive(self) -> Response:
        """Read the whole response.

        Raises:
            RefusedError: The peer reset the stream or closed the connection.
        """
        while not self.ended:
            self._read()
        return self._response()

    def receive_head(self) -> Response:
        """Read the head of the response alone; the stream goes on."""
        while self.head is None:
            self._read()
        return self._response()

    def receive_bytes(self, count: int) -> bytes:
        """Read ``count`` bytes of the body."""
        while len(self.body) < count:
            self._read()
        taken = bytes(self.body[:count])
        del self.body[:count]
        return taken

    def send(self, data: bytes) -> None:
        """Send data on a stream that was left open."""
        self.connection.machine.send_data(self.stream_id, data)
        self.connection.flush()

    def _response(self) -> Response:
        if self.head is None:
            raise RefusedError("no response head")
        head = dict(self.head)
        headers = tuple(pair for pair in self.head if not pair[0].startswith(":"))
        return Response(int(head[":status"]), headers, bytes(self.body))

    def _read(self) -> None:
        for event in self.connection.events():
            if isinstance(event, h2.events.ConnectionTerminated):
                raise RefusedError(f"connection ended with {event.error_code}")
            if getattr(event, "stream_id", None) != self.stream_id:
                continue
            if isinstance(event, h2.events.ResponseReceived):
                self.head = tuple((_text(n), _text(v)) for n, v in event.headers)
            elif isinstance(event, h2.events.DataReceived):
                self.body += event.data
                self._acknowledge(event.flow_controlled_length)
            elif isinstance(event, h2.events.StreamEnded):
                self.ended = True
            elif isinstance(event, h2.events.StreamReset) and not self.ended:
                raise RefusedError(f"stream reset with {event.error_code}")

    def _acknowledge(self, received_bytes: int) -> None:
        self.connection.machine.acknowledge_received_data(received_bytes, self.stream_id)
        self.connection.flush()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
