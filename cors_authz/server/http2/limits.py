"""What one connection may ask of us, and what we tell the peer about it in our SETTINGS."""

from collections.abc import Mapping
from dataclasses import dataclass

from cors_authz.server.http2.frames import MAX_FRAME_BYTES
from cors_authz.server.http2.settings import (
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_HEADER_LIST_SIZE,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one connection; what is larger or more is refused."""

    max_body_bytes: int
    """Of one request, padding included."""
    max_streams: int
    """At once."""
    max_header_list_bytes: int
    """Of one request, 32 bytes a field included (RFC 9113 section 6.5.2)."""
    max_header_frames: int = 9
    """A header block is at most so many frames (CVE-2024-27316 and its kin are floods of
    CONTINUATION): twice the fields allowed, when frames are full."""
    max_waiting_body_bytes: int = 8 * 1024 * 1024
    """Of all requests that are still arriving; one that exceeds it is refused, and may be sent
    again (RFC 9113 section 8.7). Also the connection's window."""

    def as_settings(self) -> Mapping[int, int]:
        """Our SETTINGS (RFC 9113 section 6.5.2)."""
        return {
            MAX_CONCURRENT_STREAMS: self.max_streams,
            # A frame more than allowed, so that a body that is too large is seen to be so, and
            # no body that is not ever waits for a WINDOW_UPDATE.
            INITIAL_WINDOW_SIZE: self.max_body_bytes + MAX_FRAME_BYTES,
            MAX_HEADER_LIST_SIZE: self.max_header_list_bytes,
        }
