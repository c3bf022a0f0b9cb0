"""Which streams a connection has, had, and will not have (RFC 9113 section 5.1)."""

from collections.abc import Collection
from typing import Final

from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode
from cors_authz.server.http2.frames import MAX_STREAM_ID
from cors_authz.server.http2.stream import Stream

_MAX_REMEMBERED_RESETS: Final = 1000


class Streams:
    """The open streams by id, and what the ids of the others tell."""

    def __init__(self) -> None:
        self._open: dict[int, Stream] = {}
        self._resets: dict[int, None] = {}
        self._last_accepted_id = MAX_STREAM_ID
        self.highest_id = 0
        """The newest that the peer has opened."""

    def __len__(self) -> int:
        return len(self._open)

    @property
    def all_open(self) -> Collection[Stream]:
        """The open ones, oldest first."""
        return self._open.values()

    @property
    def last_id(self) -> int:
        """The newest that was accepted."""
        return min(self.highest_id, self._last_accepted_id)

    @property
    def is_closed(self) -> bool:
        """Whether no stream may be opened any more."""
        return self._last_accepted_id != MAX_STREAM_ID

    def close(self) -> None:
        """Accept no stream beyond the newest."""
        self._last_accepted_id = self.highest_id

    def get(self, stream_id: int) -> Stream | None:
        """The stream if it is open."""
        return self._open.get(stream_id)

    def is_accepted(self, stream_id: int) -> bool:
        """Whether a new stream is still welcome."""
        return stream_id <= self._last_accepted_id

    def open(self, stream: Stream) -> None:
        """Enter a new stream."""
        self._open[stream.id] = stream

    def remove(self, stream: Stream) -> None:
        """Forget a stream that is answered or cancelled."""
        del self._open[stream.id]

    def note_reset(self, stream_id: int) -> None:
        """Remember that we have reset a stream: the peer may go on before it knows."""
        if len(self._resets) == _MAX_REMEMBERED_RESETS:
            del self._resets[next(iter(self._resets))]
        self._resets[stream_id] = None

    def check_not_idle(self, stream_id: int) -> None:
        """Check that a stream is, or was, there.

        Raises:
            ConnectionFailedError: Nobody has opened it yet.
        """
        if stream_id > self.highest_id or stream_id % 2 == 0:
            raise ConnectionFailedError(ErrorCode.PROTOCOL_ERROR, "frame on an idle stream")

    def check_closed_by_us(self, stream_id: int) -> None:
        """Check that the peer could still send DATA or HEADERS on a stream that is not open.

        Raises:
            ConnectionFailedError: It was the peer that ended or never opened it.
        """
        self.check_not_idle(stream_id)
        if stream_id not in self._resets and self.is_accepted(stream_id):
            raise ConnectionFailedError(ErrorCode.STREAM_CLOSED, "frame on a closed stream")
