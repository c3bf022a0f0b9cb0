"""What goes out: answers within the peer's windows, and control frames beside them.

What is received, and which streams there are, is the connection's.
"""

from collections.abc import Iterable
from typing import Final

from cors_authz.server.http2 import frames
from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode, StreamFailedError
from cors_authz.server.http2.frames import MAX_FRAME_BYTES, HeadersFrame
from cors_authz.server.http2.stream import Stream

DEFAULT_WINDOW_BYTES: Final = 65_535
_MAX_WINDOW_BYTES: Final = 2**31 - 1

_EMPTY_TABLE: Final = b"\x20"
"""RFC 7541 section 6.3: our header blocks use no table. Said once, before the peer can ask for a
smaller table and wait for us to confirm it (section 4.2)."""


class Sender:
    """The sending half of one connection. Finished streams are reported, not forgotten."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._window_bytes = DEFAULT_WINDOW_BYTES
        self.initial_window_bytes = DEFAULT_WINDOW_BYTES
        self._is_first_block = True
        self._blocked: dict[int, Stream] = {}
        self._held: dict[int, Stream] = {}
        """Those of them that wait for the connection's window, so that opening it costs no more
        than it lets go."""

    @property
    def is_blocked(self) -> bool:
        """Whether an answer waits for the peer to open a window."""
        return bool(self._blocked)

    def take(self) -> bytes:
        """Everything to be written now."""
        chunks = self._chunks
        if not chunks:
            return b""
        self._chunks = []
        return b"".join(chunks)

    def send(self, frame: bytes) -> None:
        """Send a control frame; these have no window."""
        self._chunks.append(frame)

    def answer(
        self, stream: Stream, head: HeadersFrame, body: bytes, trailers: HeadersFrame | None
    ) -> bool:
        """Answer a request; return whether all of the answer could go out.

        Without trailers ``head`` ends the stream and ``body`` is empty.
        """
        if self._is_first_block:
            self._is_first_block = False
            head = frames.headers_frame(_EMPTY_TABLE + head.block, ends_stream=trailers is None)
        stream_id = stream.octets
        size = len(body)
        if trailers is None:
            self._chunks += (head.prefix, stream_id, head.block)
            return True
        if size <= self._window_bytes and size <= stream.window_bytes and size <= MAX_FRAME_BYTES:
            self._window_bytes -= size
            # DATA without flags is type 0 and flags 0, so its length is all there is to write.
            data = (size << 16).to_bytes(5, "big")
            self._chunks += (
                *(head.prefix, stream_id, head.block),
                *(data, stream_id, body),
                *(trailers.prefix, stream_id, trailers.block),
            )
            return True
        self._chunks += (head.prefix, stream_id, head.block)
        stream.hold_back(body, trailers)
        self._blocked[stream.id] = stream
        return self._go_on(stream)

    def forget(self, stream: Stream) -> None:
        """Drop what the stream still had to send."""
        self._blocked.pop(stream.id, None)
        self._held.pop(stream.id, None)

    def open_connection_window(self, increment: int) -> list[Stream]:
        """Take a WINDOW_UPDATE of the connection; return the streams that this finished.

        Raises:
            ConnectionFailedError: The window is larger than it can be.
        """
        self._window_bytes += increment
        if self._window_bytes > _MAX_WINDOW_BYTES:  # RFC 9113 section 6.9.1
            raise ConnectionFailedError(ErrorCode.FLOW_CONTROL_ERROR, "window of the connection")
        finished = []
        while self._held and self._window_bytes:
            stream = next(iter(self._held.values()))
            if self._go_on(stream):
                finished.append(stream)
        return finished

    def change_initial_window(self, window_bytes: int, streams: Iterable[Stream]) -> list[Stream]:
        """Take a SETTINGS_INITIAL_WINDOW_SIZE; return the streams that this finished.

        Raises:
            ConnectionFailedError: It makes a window larger than it can be.
        """
        # RFC 9113 section 6.9.2: windows of streams change by the difference, also below zero.
        difference = window_bytes - self.initial_window_bytes
        self.initial_window_bytes = window_bytes
        for stream in streams:
            stream.window_bytes += difference
            if stream.window_bytes > _MAX_WINDOW_BYTES:
                raise ConnectionFailedError(ErrorCode.FLOW_CONTROL_ERROR, "window of a stream")
        return [stream for stream in tuple(self._blocked.values()) if self._go_on(stream)]

    def open_stream_window(self, stream: Stream, increment: int) -> bool:
        """Take a WINDOW_UPDATE of a stream; return whether this finished it.

        Raises:
            StreamFailedError: The window is larger than it can be.
        """
        stream.window_bytes += increment
        if stream.window_bytes > _MAX_WINDOW_BYTES:  # RFC 9113 section 6.9.1
            raise StreamFailedError(ErrorCode.FLOW_CONTROL_ERROR, "window of a stream")
        return stream.id in self._blocked and self._go_on(stream)

    def _go_on(self, stream: Stream) -> bool:
        while stream.unsent:
            size = min(len(stream.unsent), self._window_bytes, stream.window_bytes, MAX_FRAME_BYTES)
            if size <= 0:  # RFC 9113 section 6.9.2: a stream's window can be negative
                if stream.window_bytes > 0:
                    self._held[stream.id] = stream
                else:
                    self._held.pop(stream.id, None)
                return False
            self._chunks.append(frames.data_frame(stream.id, stream.unsent[:size]))
            stream.unsent = stream.unsent[size:]
            stream.window_bytes -= size
            self._window_bytes -= size
        self.forget(stream)
        if stream.trailers is not None:
            self._chunks += (stream.trailers.prefix, stream.octets, stream.trailers.block)
        return True
