"""Frames on the wire: their header, their padding, and how those we send are written.

No state and no judgement about when a frame may come; that is the connection's.
"""

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode

DATA: Final = 0x0
HEADERS: Final = 0x1
PRIORITY: Final = 0x2
RST_STREAM: Final = 0x3
SETTINGS: Final = 0x4
PUSH_PROMISE: Final = 0x5
PING: Final = 0x6
GOAWAY: Final = 0x7
WINDOW_UPDATE: Final = 0x8
CONTINUATION: Final = 0x9
UNKNOWN: Final = 0xA
"""Stands for every type that RFC 9113 does not define."""

END_STREAM: Final = 0x1
ACK: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
HAS_PRIORITY: Final = 0x20

FRAME_HEADER_BYTES: Final = 9

MAX_FRAME_BYTES: Final = 16_384
"""The smallest limit that RFC 9113 section 4.2 allows: a frame is what is read ahead at most."""

MAX_STREAM_ID: Final = 2**31 - 1

read_frame_header = struct.Struct(">HBBBL").unpack_from
"""``(buffer, offset)`` to the length's upper 16 and lower 8 bits, type, flags and stream
(RFC 9113 section 4.1)."""

_write_frame_header = struct.Struct(">HBBBL").pack


class HeadersFrame(NamedTuple):
    """A HEADERS frame that is complete but for its stream, so that it can be sent often."""

    prefix: bytes
    """Length, type and flags."""
    block: bytes


def headers_frame(block: bytes, *, ends_stream: bool) -> HeadersFrame:
    """A whole header block, at most one frame long."""
    flags = END_HEADERS | END_STREAM if ends_stream else END_HEADERS
    return HeadersFrame(_frame(HEADERS, flags, 0, block)[:5], block)


def settings_frame(settings: Mapping[int, int]) -> bytes:
    """RFC 9113 section 6.5."""
    payload = b"".join(struct.pack(">HL", key, value) for key, value in settings.items())
    return _frame(SETTINGS, 0, 0, payload)


def settings_ack_frame() -> bytes:
    """RFC 9113 section 6.5.3."""
    return _frame(SETTINGS, ACK, 0, b"")


def ping_frame(opaque: bytes, *, ack: bool) -> bytes:
    """RFC 9113 section 6.7; ``opaque`` is 8 bytes long."""
    return _frame(PING, ACK if ack else 0, 0, opaque)


def reset_frame(stream_id: int, code: ErrorCode) -> bytes:
    """RFC 9113 section 6.4."""
    return _frame(RST_STREAM, 0, stream_id, code.to_bytes(4, "big"))


def goaway_frame(last_stream_id: int, code: ErrorCode, explanation: str = "") -> bytes:
    """RFC 9113 section 6.8."""
    payload = struct.pack(">LL", last_stream_id, code) + explanation.encode()
    return _frame(GOAWAY, 0, 0, payload)


def window_update_frame(stream_id: int, increment: int) -> bytes:
    """RFC 9113 section 6.9."""
    return _frame(WINDOW_UPDATE, 0, stream_id, increment.to_bytes(4, "big"))


def data_frame(stream_id: int, payload: bytes) -> bytes:
    """RFC 9113 section 6.1, never the last of a stream: trailers follow."""
    return _frame(DATA, 0, stream_id, payload)


def without_padding(flags: int, payload: bytes) -> bytes:
    """The payload of a DATA or HEADERS frame without its padding.

    Raises:
        ConnectionFailedError: There is as much padding as payload, or more.
    """
    if not flags & PADDED:
        return payload
    # RFC 9113 section 6.1: padding of the length of the payload or more is a PROTOCOL_ERROR.
    if not payload or payload[0] >= len(payload):
        raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "padding exceeds the frame")
    return payload[1 : len(payload) - payload[0]]


def without_priority(flags: int, payload: bytes) -> bytes:
    """The payload of a HEADERS frame without its deprecated priority (RFC 9113 section 5.3.2).

    Raises:
        ConnectionFailedError: The frame ends before its priority does.
    """
    if not flags & HAS_PRIORITY:
        return payload
    if len(payload) < 5:
        raise ConnectionFailedError(ErrorCode.FRAME_SIZE_ERROR, "HEADERS ends in its priority")
    return payload[5:]


def _frame(kind: int, flags: int, stream_id: int, payload: bytes) -> bytes:
    length = len(payload)
    return _write_frame_header(length >> 8, length & 0xFF, kind, flags, stream_id) + payload
