"""From lines to their JSON, many at a time, through structlog."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

from cors_authz.observability.timestamp import timestamp

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


def line_members(level: str, event: str, at_ns: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The whole of a line, with what people look for first at its beginning."""
    return {"timestamp": timestamp(at_ns), "level": level, "event": event, **fields}


def _encode(_: WrappedLogger, __: str, call: EventDict) -> bytes:
    return _encode_lines(call["lines"])[:-1]  # structlog ends the last line
