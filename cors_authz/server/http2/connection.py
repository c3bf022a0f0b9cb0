"""The server's side of one HTTP/2 connection: bytes in, requests out; answers in, bytes out.

Rules of this module: whatever the peer sends, nothing but :class:`ConnectionFailedError` and
:class:`StreamFailedError` is raised within, and neither gets out; all that a peer can make grow
has a bound in :class:`Limits`.
"""

from typing import Final

from cors_authz.server.http2 import frames
from cors_authz.server.http2.allowance import Allowance
from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode, StreamFailedError
from cors_authz.server.http2.events import Event, Excess, RequestReceived, RequestTooLarge
from cors_authz.server.http2.field import Field
from cors_authz.server.http2.frame_reader import FrameReader
from cors_authz.server.http2.frames import HeadersFrame
from cors_authz.server.http2.header_decoder import HeaderDecoder, HeaderListTooLargeError
from cors_authz.server.http2.huffman import HuffmanDecoder
from cors_authz.server.http2.limits import Limits
from cors_authz.server.http2.request import check_trailers, malformed, read_request_head
from cors_authz.server.http2.sender import DEFAULT_WINDOW_BYTES, Sender
from cors_authz.server.http2.settings import read_initial_window_bytes
from cors_authz.server.http2.stream import Stream
from cors_authz.server.http2.streams import Streams

_DRAIN_PING: Final = b"draining"

_STREAMS_FOR_ONE_FRAME: Final = 32
"""Looking at so many costs as much as a frame."""


class Connection:
    """The state of one connection. Feed it, answer what it hands out, write what it gives."""

    def __init__(self, limits: Limits, huffman: HuffmanDecoder, now_s: float) -> None:
        self._limits = limits
        self._reader = FrameReader(limits.max_header_frames)
        self._decoder = HeaderDecoder(limits.max_header_list_bytes, huffman)
        self._sender = Sender()
        self._streams = Streams()
        self._window_bytes = limits.max_waiting_body_bytes
        self._waiting_body_bytes = 0
        self._now_s = now_s
        self._allowance = Allowance(burst=2000.0, per_second=200.0, per_request=8.0, now_s=now_s)
        self._events: list[Event] = []
        self.is_confirmed = False
        """Whether the peer has acknowledged our SETTINGS."""
        self.is_draining = False
        self.has_failed = False
        self._sender.send(frames.settings_frame(limits.as_settings()))
        increment = limits.max_waiting_body_bytes - DEFAULT_WINDOW_BYTES
        self._sender.send(frames.window_update_frame(0, increment))

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left but to write the output and to close."""
        return self.has_failed or (self._streams.is_closed and not self._streams)

    @property
    def is_blocked(self) -> bool:
        """Whether an answer waits for the peer to open a window."""
        return self._sender.is_blocked

    def receive(self, data: bytes, now_s: float) -> list[Event]:
        """Take what was read and return the requests that it completes."""
        events: list[Event] = []
        self._events = events
        if self.has_failed:
            return events
        self._now_s = now_s
        try:
            for kind, flags, stream_id, payload in self._reader.read(data):
                try:
                    self._on_frame(kind, flags, stream_id, payload)
                except StreamFailedError as error:
                    self._reset(stream_id, error.code)
        except ConnectionFailedError as failure:  # mypyc has one type for a name in a function
            self._fail(failure)
        return events

    def is_waiting(self, stream_id: int) -> bool:
        """Whether the request can still be answered; the peer may have cancelled it."""
        return self._streams.get(stream_id) is not None

    def answer(
        self, stream_id: int, head: HeadersFrame, body: bytes, trailers: HeadersFrame | None
    ) -> None:
        """Answer a request, as far as the peer's windows allow now; the rest follows later.

        Without trailers ``head`` ends the stream and ``body`` is empty.
        """
        stream = self._streams.get(stream_id)
        if stream is not None and self._sender.answer(stream, head, body, trailers):
            self._close(stream)

    def ping(self, opaque: bytes) -> None:
        """Ask the peer for a sign of life; any frame is one. ``opaque`` is 8 bytes long."""
        self._sender.send(frames.ping_frame(opaque, ack=False))

    def drain(self) -> None:
        """Tell the peer to open no more streams, in two steps so that none is lost.

        RFC 9113 section 6.8: what the peer has sent before it reads the first GOAWAY is still
        answered; once it has answered the ping behind it, the second one names the last stream.
        """
        if not self.is_draining:
            self.is_draining = True
            self._sender.send(frames.goaway_frame(frames.MAX_STREAM_ID, ErrorCode.NO_ERROR))
            self.ping(_DRAIN_PING)

    def accept_no_more(self) -> None:
        """Take the second step of :meth:`drain` without waiting for the ping any longer."""
        if not self._streams.is_closed:
            self._streams.close()
            self._sender.send(frames.goaway_frame(self._streams.last_id, ErrorCode.NO_ERROR))

    def abandon(self, code: ErrorCode, explanation: str) -> None:
        """End the connection for a reason that no frame gave, such as a timeout."""
        if not self.has_failed:
            self._fail(ConnectionFailedError(code, explanation))

    def take_output(self) -> bytes:
        """Everything to be written now."""
        return self._sender.take()

    def _fail(self, error: ConnectionFailedError) -> None:
        self.has_failed = True
        self._events.clear()
        for stream in tuple(self._streams.all_open):
            self._forget(stream)
        goaway = frames.goaway_frame(self._streams.last_id, error.code, error.explanation)
        self._sender.send(goaway)

    def _on_frame(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        match kind:  # the most frequent ones first
            case frames.DATA:
                self._on_data(flags, stream_id, payload)
            case frames.HEADERS:
                self._on_headers(flags, stream_id, payload)
            case frames.WINDOW_UPDATE:
                self._on_window_update(stream_id, payload)
            case frames.RST_STREAM:
                self._on_reset(stream_id)
            case frames.SETTINGS:
                self._on_settings(flags, payload)
            case frames.PING:
                self._on_ping(flags, payload)
            case frames.PRIORITY:
                self._on_priority(payload)
            case frames.PUSH_PROMISE:  # RFC 9113 section 8.4
                raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "clients do not push")
            case _:  # GOAWAY asks nothing of a server; section 5.5 for types unknown
                self._allowance.spend(self._now_s)

    def _on_data(self, flags: int, stream_id: int, payload: bytes) -> None:
        """RFC 9113 section 6.1."""
        size = len(payload)
        self._window_bytes -= size  # section 6.9.1: also for streams that are gone
        if self._window_bytes < self._limits.max_waiting_body_bytes // 2:
            self._open_window()
        stream = self._streams.get(stream_id)
        if stream is None:
            self._allowance.spend(self._now_s)
            self._streams.check_closed_by_us(stream_id)
            return
        if stream.has_ended:  # section 5.1, half-closed (remote)
            raise StreamFailedError(ErrorCode.STREAM_CLOSED, "DATA after the end")
        stream.has_ended = bool(flags & frames.END_STREAM)
        if flags & frames.PADDED:
            payload = frames.without_padding(flags, payload)
        if not payload and not stream.has_ended:
            self._allowance.spend(self._now_s)
        if stream.is_refused:
            return
        stream.body_bytes += size
        self._waiting_body_bytes += size
        if stream.body_bytes > self._limits.max_body_bytes:
            self._refuse(stream, Excess.BODY)
            return
        if self._waiting_body_bytes > self._limits.max_waiting_body_bytes:
            raise StreamFailedError(ErrorCode.REFUSED_STREAM, "too much is waiting")
        stream.append(payload)
        if stream.has_ended:
            self._complete(stream)

    def _open_window(self) -> None:
        # At once, whoever sent it: what waits has a bound of its own, and one slow request must
        # not hold up the others. So a frame never finds less than half of the window.
        increment = self._limits.max_waiting_body_bytes - self._window_bytes
        self._window_bytes += increment
        self._sender.send(frames.window_update_frame(0, increment))

    def _on_headers(self, flags: int, stream_id: int, block: bytes) -> None:
        """RFC 9113 section 6.2; ``block`` is the whole header block."""
        if stream_id % 2 == 0:  # section 5.1.1: even ones are the server's
            raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "not a client's stream")
        # Section 4.3: decoded before anything else, since the table depends on it.
        try:
            fields = self._decoder.decode(block)
        except HeaderListTooLargeError:
            fields = None
        has_ended = bool(flags & frames.END_STREAM)
        stream = self._streams.get(stream_id)
        if stream is not None:
            self._on_trailers(stream, fields, has_ended=has_ended)
        elif stream_id > self._streams.highest_id:
            self._streams.highest_id = stream_id
            self._on_request_head(stream_id, fields, has_ended=has_ended)
        else:
            self._allowance.spend(self._now_s)
            self._streams.check_closed_by_us(stream_id)

    def _on_request_head(
        self, stream_id: int, fields: list[Field] | None, *, has_ended: bool
    ) -> None:
        if not self._streams.is_accepted(stream_id):  # section 6.8: the peer will repeat it
            return
        if len(self._streams) >= self._limits.max_streams:  # section 5.1.2
            raise StreamFailedError(ErrorCode.REFUSED_STREAM, "too many streams")
        head = None if fields is None else read_request_head(fields)
        window_bytes = self._sender.initial_window_bytes
        stream = Stream(stream_id, head, window_bytes, self._now_s, has_ended=has_ended)
        self._streams.open(stream)
        if head is None:
            self._refuse(stream, Excess.HEAD)
        elif has_ended:
            self._complete(stream)

    def _on_trailers(self, stream: Stream, fields: list[Field] | None, *, has_ended: bool) -> None:
        if stream.has_ended:
            raise StreamFailedError(ErrorCode.STREAM_CLOSED, "HEADERS after the end")
        if not has_ended:  # section 8.1: nothing comes after trailers
            raise malformed("trailers do not end the stream")
        stream.has_ended = True
        if stream.is_refused:
            return
        if fields is None:
            self._refuse(stream, Excess.HEAD)
            return
        check_trailers(fields)
        self._complete(stream)

    def _complete(self, stream: Stream) -> None:
        head = stream.head
        body = stream.take_body()
        self._release(stream)
        # RFC 9113 section 8.1.1
        if head is None or head.content_length not in (None, len(body)):
            raise malformed("content-length is not that of the body")
        self._allowance.earn()
        self._events.append(RequestReceived(stream.id, head, body, stream.arrived_s))

    def _refuse(self, stream: Stream, excess: Excess) -> None:
        stream.is_refused = True
        stream.take_body()
        self._release(stream)
        self._allowance.spend(self._now_s)
        self._events.append(RequestTooLarge(stream.id, excess))

    def _on_priority(self, payload: bytes) -> None:
        """RFC 9113 section 6.3; deprecated, so it means nothing."""
        self._allowance.spend(self._now_s)
        if len(payload) != 5:
            raise StreamFailedError(ErrorCode.FRAME_SIZE_ERROR, "PRIORITY of a wrong length")

    def _on_reset(self, stream_id: int) -> None:
        """RFC 9113 section 6.4: the peer cancels its request."""
        self._streams.check_not_idle(stream_id)
        self._allowance.spend(self._now_s)
        stream = self._streams.get(stream_id)
        if stream is not None:
            self._forget(stream)

    def _on_settings(self, flags: int, payload: bytes) -> None:
        """RFC 9113 section 6.5."""
        self._allowance.spend(self._now_s)
        if flags & frames.ACK:
            if payload:
                raise ConnectionFailedError(ErrorCode.FRAME_SIZE_ERROR, "SETTINGS ACK with payload")
            self.is_confirmed = True
            return
        initial_window_bytes = read_initial_window_bytes(payload)
        self._sender.send(frames.settings_ack_frame())
        if initial_window_bytes is not None:
            streams = self._streams.all_open
            self._allowance.spend(self._now_s, len(streams) / _STREAMS_FOR_ONE_FRAME)
            for stream in self._sender.change_initial_window(initial_window_bytes, streams):
                self._close(stream)

    def _on_ping(self, flags: int, payload: bytes) -> None:
        """RFC 9113 section 6.7."""
        self._allowance.spend(self._now_s)
        if not flags & frames.ACK:
            self._sender.send(frames.ping_frame(payload, ack=True))
        elif self.is_draining and payload == _DRAIN_PING:
            self.accept_no_more()

    def _on_window_update(self, stream_id: int, payload: bytes) -> None:
        """RFC 9113 section 6.9."""
        self._allowance.spend(self._now_s)
        increment = int.from_bytes(payload, "big") & frames.MAX_STREAM_ID
        if stream_id == 0:
            if not increment:
                raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of nothing")
            for finished in self._sender.open_connection_window(increment):
                self._close(finished)
            return
        self._streams.check_not_idle(stream_id)
        stream = self._streams.get(stream_id)
        if stream is None:  # section 5.1: it may come after the end
            return
        if not increment:
            raise StreamFailedError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of nothing")
        if self._sender.open_stream_window(stream, increment):
            self._close(stream)

    def _close(self, stream: Stream) -> None:
        """Forget a stream that is answered."""
        self._streams.remove(stream)
        if not stream.has_ended:
            # RFC 9113 section 8.1: the answer came early, the rest of the request is not wanted.
            self._streams.note_reset(stream.id)
            self._sender.send(frames.reset_frame(stream.id, ErrorCode.NO_ERROR))

    def _reset(self, stream_id: int, code: ErrorCode) -> None:
        """RFC 9113 section 5.4.2."""
        self._allowance.spend(self._now_s)
        self._streams.note_reset(stream_id)
        self._sender.send(frames.reset_frame(stream_id, code))
        stream = self._streams.get(stream_id)
        if stream is not None:
            self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        self._streams.remove(stream)
        self._release(stream)
        self._sender.forget(stream)

    def _release(self, stream: Stream) -> None:
        self._waiting_body_bytes -= stream.body_bytes
        stream.body_bytes = 0
