"""From lines to their JSON, many at a time, through structlog."""

import io
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

_NANOSECONDS_PER_SECOND = 1_000_000_000
_NANOSECONDS_PER_MICROSECOND = 1_000

_encode_lines = msgspec.json.Encoder().encode_lines


class LineRenderer:
    """Renders lines into a buffer of its own; for one thread.

    structlog is called for a batch of lines: a call takes as long as encoding five of them.
    """

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        logger = structlog.wrap_logger(
            structlog.BytesLogger(self._buffer),
            processors=[_encode],
            wrapper_class=structlog.BoundLogger,
        )
        self._logger = logger.bind()

    @property
    def rendered_bytes(self) -> int:
        """How much there is to be taken."""
        return self._buffer.tell()

    def render(self, lines: Sequence[object]) -> None:
        """Add lines, of which there is one at least; add none where this raises, whatever that is.

        Each is a mapping or a ``Struct`` whose first members are those of :func:`line_members`.
        """
        self._logger.msg(lines=lines)

    def take(self) -> bytes:
        """Return the lines that were added, and forget them."""
        lines = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return lines


def timestamp(at_ns: int) -> str:
    """RFC 3339 in UTC with microseconds, from nanoseconds since the epoch."""
    seconds, nanoseconds = divmod(at_ns, _NANOSECONDS_PER_SECOND)
    return f"{_moment(seconds)}.{nanoseconds // _NANOSECONDS_PER_MICROSECOND:06}Z"


@lru_cache(maxsize=4)  # thousands of lines may be of one second
def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def line_members(level: str, event: str, at_ns: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The whole of a line, with what people look for first at its beginning."""
    return {"timestamp": timestamp(at_ns), "level": level, "event": event, **fields}


def _encode(_: WrappedLogger, __: str, call: EventDict) -> bytes:
    return _encode_lines(call["lines"])[:-1]  # structlog ends the last line
