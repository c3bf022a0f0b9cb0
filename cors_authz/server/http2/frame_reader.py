"""From what was read to frames: the preface, the cut into frames, header blocks made whole.

What a frame means, and whether its stream may have it, is the connection's.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from cors_authz.server.http2 import frames
from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""RFC 9113 section 3.4."""

Frame: TypeAlias = tuple[int, int, int, bytes]
"""Type, flags, stream and payload. HEADERS hold the whole header block, without padding and
priority; DATA keeps its padding, which counts against the window."""

_OF_CONNECTION: Final = frozenset({frames.SETTINGS, frames.PING, frames.GOAWAY})
_OF_STREAM: Final = frozenset(
    {frames.HEADERS, frames.PRIORITY, frames.RST_STREAM, frames.CONTINUATION}
)

_WITH_FIELDS: Final = frozenset({frames.HEADERS, frames.CONTINUATION})

_SIZES: Final = {frames.RST_STREAM: 4, frames.PING: 8, frames.WINDOW_UPDATE: 4}
"""RFC 9113 sections 6.4, 6.7 and 6.9: payloads of another size are connection errors."""


class _OpenBlock(NamedTuple):
    """A header block whose CONTINUATION is to come."""

    flags: int
    fragments: list[bytes]


class FrameReader:
    """Reads the peer's half of one connection; keeps less than a frame and a header block."""

    def __init__(self, max_header_frames: int) -> None:
        self._max_header_frames = max_header_frames
        self._preface = PREFACE
        self._unread = b""
        # RFC 9113 section 3.4: the first frame must be SETTINGS.
        self._only_next: tuple[int, int] | None = (frames.SETTINGS, 0)
        self._block: _OpenBlock | None = None

    def read(self, data: bytes) -> Iterator[Frame]:
        """Give the frames that ``data`` completes, to be read to the end.

        Raises:
            ConnectionFailedError: What came is no HTTP/2, or too large.
        """
        buffer = self._unread + data if self._unread else data
        offset = self._skip_preface(buffer) if self._preface else 0
        end = len(buffer)
        while end - offset >= frames.FRAME_HEADER_BYTES:
            high, low, kind, flags, stream_id = frames.read_frame_header(buffer, offset)
            length = high << 8 | low
            if length > frames.MAX_FRAME_BYTES:  # RFC 9113 section 4.2
                raise ConnectionFailedError(ErrorCode.FRAME_SIZE_ERROR, "frame too large")
            start = offset + frames.FRAME_HEADER_BYTES
            if start + length > end:
                break
            offset = start + length
            stream_id &= frames.MAX_STREAM_ID  # RFC 9113 section 4.1: the upper bit is ignored
            payload = buffer[start:offset]
            if self._only_next is not None:
                self._check_expected(kind, flags, stream_id)
            if kind == frames.DATA:
                yield kind, flags, stream_id, payload
                continue
            _check_form(kind, stream_id, length)
            if kind not in _WITH_FIELDS:
                yield min(kind, frames.UNKNOWN), flags, stream_id, payload
            elif (block := self._join(kind, flags, stream_id, payload)) is not None:
                yield block
        self._unread = buffer[offset:]

    def _skip_preface(self, buffer: bytes) -> int:
        size = min(len(buffer), len(self._preface))
        if buffer[:size] != self._preface[:size]:
            raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "this server speaks HTTP/2 only")
        self._preface = self._preface[size:]
        return size

    def _check_expected(self, kind: int, flags: int, stream_id: int) -> None:
        """RFC 9113 sections 3.4 and 4.3: SETTINGS come first, header blocks are not mixed."""
        is_first_settings = kind == frames.SETTINGS and not flags & frames.ACK
        if self._only_next != (kind, stream_id) or not (is_first_settings or self._block):
            raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "another frame has to come first")
        self._only_next = None

    def _join(self, kind: int, flags: int, stream_id: int, payload: bytes) -> Frame | None:
        """Collect a header block; give it as one HEADERS frame once it is whole."""
        if kind == frames.HEADERS:
            payload = frames.without_priority(flags, frames.without_padding(flags, payload))
            if flags & frames.END_HEADERS:
                return kind, flags, stream_id, payload
            self._block = _OpenBlock(flags, [payload])
        elif self._block is None:  # RFC 9113 section 6.10
            raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "CONTINUATION of nothing")
        else:
            self._block.fragments.append(payload)
        whole = self._block
        if flags & frames.END_HEADERS:
            self._block = None
            return frames.HEADERS, whole.flags, stream_id, b"".join(whole.fragments)
        if len(whole.fragments) >= self._max_header_frames:
            raise ConnectionFailedError(ErrorCode.ENHANCE_YOUR_CALM, "header block too long")
        self._only_next = (frames.CONTINUATION, stream_id)
        return None


def _check_form(kind: int, stream_id: int, length: int) -> None:
    if kind in (_OF_STREAM if stream_id == 0 else _OF_CONNECTION):
        raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "frame on the wrong kind of stream")
    if length != _SIZES.get(kind, length):
        raise ConnectionFailedError(ErrorCode.FRAME_SIZE_ERROR, "frame of a wrong length")
