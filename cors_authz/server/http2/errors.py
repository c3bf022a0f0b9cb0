"""What can go wrong between two HTTP/2 peers, by the scope of the damage."""

from enum import IntEnum


class ErrorCode(IntEnum):
    """RFC 9113 section 7."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


class ConnectionFailedError(Exception):
    """The connection cannot go on (RFC 9113 section 5.4.1)."""

    def __init__(self, code: ErrorCode, explanation: str) -> None:
        """``explanation`` goes to the peer: it must hold nothing that the peer sent."""
        super().__init__(explanation)
        self.code = code
        self.explanation = explanation


class StreamFailedError(Exception):
    """One stream cannot go on, the others can (RFC 9113 section 5.4.2)."""

    def __init__(self, code: ErrorCode, explanation: str) -> None:
        super().__init__(explanation)
        self.code = code
