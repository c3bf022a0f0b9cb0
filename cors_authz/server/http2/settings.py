"""SETTINGS (RFC 9113 section 6.5): their names, and what the peer's say."""

import struct
from typing import Final

from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode

ENABLE_PUSH: Final = 0x2
MAX_CONCURRENT_STREAMS: Final = 0x3
INITIAL_WINDOW_SIZE: Final = 0x4
MAX_FRAME_SIZE: Final = 0x5
MAX_HEADER_LIST_SIZE: Final = 0x6

_SETTING = struct.Struct(">HL")

_ALLOWED = {
    # RFC 9113 section 6.5.2: the values allowed, and the error that another one is. All other
    # settings may have any value.
    ENABLE_PUSH: (range(2), ErrorCode.PROTOCOL_ERROR),
    INITIAL_WINDOW_SIZE: (range(2**31), ErrorCode.FLOW_CONTROL_ERROR),
    MAX_FRAME_SIZE: (range(2**14, 2**24), ErrorCode.PROTOCOL_ERROR),
}


def read_initial_window_bytes(payload: bytes) -> int | None:
    """Check the peer's SETTINGS and return the only one that we act on, if it is there.

    The others ask nothing of us: we push nothing, open no streams, send frames of the smallest
    limit there is, use no header table, and answer with few fields.

    Raises:
        ConnectionFailedError: A value is not allowed, or the payload is no list of settings.
    """
    if len(payload) % _SETTING.size:  # RFC 9113 section 6.5
        raise ConnectionFailedError(ErrorCode.FRAME_SIZE_ERROR, "SETTINGS of a wrong length")
    initial_window_bytes = None
    for key, value in _SETTING.iter_unpack(payload):
        allowed, code = _ALLOWED.get(key, (None, ErrorCode.NO_ERROR))
        if allowed is not None and value not in allowed:
            raise ConnectionFailedError(code, "SETTINGS with a value that is not allowed")
        if key == INITIAL_WINDOW_SIZE:
            initial_window_bytes = value
    return initial_window_bytes
