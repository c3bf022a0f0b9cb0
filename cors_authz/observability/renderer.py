"""From the fields of a line to its JSON, through structlog."""

import io
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

_NANOSECONDS_PER_SECOND = 1_000_000_000
_NANOSECONDS_PER_MICROSECOND = 1_000


class LineRenderer:
    """Renders lines into a buffer of its own; for one thread."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        logger = structlog.wrap_logger(
            structlog.BytesLogger(self._buffer),
            processors=[_lead_with_head, structlog.processors.JSONRenderer(serializer=_encode)],
            wrapper_class=structlog.BoundLogger,
        )
        self._logger = logger.bind()

    def render(self, level: str, event: str, at_ns: int, fields: Mapping[str, Any]) -> None:
        """Add one line; nothing is added where this raises, whatever that is."""
        self._logger.msg(event, _level=level, _at_ns=at_ns, **fields)

    def take(self) -> bytes:
        """Return the lines that were added, and forget them."""
        lines = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return lines


def timestamp(at_ns: int) -> str:
    """RFC 3339 in UTC with microseconds, from nanoseconds since the epoch."""
    seconds, nanoseconds = divmod(at_ns, _NANOSECONDS_PER_SECOND)
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{moment}.{nanoseconds // _NANOSECONDS_PER_MICROSECOND:06}Z"


def line_members(level: str, event: str, at_ns: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The whole of a line, with what people look for first at its beginning."""
    return {"timestamp": timestamp(at_ns), "level": level, "event": event, **fields}


def _lead_with_head(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    """Put the head first; structlog adds the event last."""
    level, at_ns, event = fields.pop("_level"), fields.pop("_at_ns"), fields.pop("event")
    return line_members(level, event, at_ns, fields)


def _encode(event: Mapping[str, Any], **_: object) -> bytes:
    return msgspec.json.encode(event)
