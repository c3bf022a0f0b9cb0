"""Structured lines, written by a thread of their own so that no check ever waits for a log.

The buffer between is bounded: what does not fit is dropped and counted.
"""

import io
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import structlog

from cors_authz.observability.lines import timestamp

DEFAULT_CAPACITY = 10_000
"""A second's worth of lines at the rate of one busy worker, about 10 MB."""

_BATCH_LINES = 64
"""Few enough that rendering a batch holds the interpreter for less than a millisecond."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is still to be rendered; ``fields`` is called on the writing thread."""

    level: str
    event: str
    at_ns: int
    fields: Callable[[], Mapping[str, Any]]


class LineOutput(Protocol):
    """Where lines go in the end."""

    def write(self, lines: bytes) -> None:
        """Write whole lines, however long it takes; raise ``OSError`` where it cannot."""


class LineWriter:
    """Renders lines as JSON through structlog and writes them to an output."""

    def __init__(self, output: LineOutput, capacity: int = DEFAULT_CAPACITY) -> None:
        """Start the writing thread; ``capacity`` is the number of lines that may wait."""
        self._output = output
        self._capacity = capacity
        self._waiting: deque[Line] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._buffer = io.BytesIO()
        self._logger = structlog.wrap_logger(
            structlog.BytesLogger(self._buffer),
            processors=[structlog.processors.JSONRenderer(serializer=_encode)],
            wrapper_class=structlog.BoundLogger,
        )
        self.dropped_lines = 0
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def submit(self, line: Line) -> None:
        """Hand a line over; never blocks, and drops the line where the buffer is full."""
        if len(self._waiting) >= self._capacity:
            self.dropped_lines += 1
            return
        self._waiting.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def close(self, timeout_s: float) -> None:
        """Write what is waiting, for at most ``timeout_s`` seconds."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while self._waiting or not self._closing:
            self._wake.wait()
            self._wake.clear()
            while self._waiting:
                self._write_batch()

    def _write_batch(self) -> None:
        for _ in range(min(len(self._waiting), _BATCH_LINES)):
            self._render(self._waiting.popleft())
        try:
            self._output.write(self._buffer.getvalue())
        except OSError:
            # A closed pipe or a full disk must not end the thread: the next batch may fit.
            self.dropped_lines += self._buffer.getvalue().count(b"\n")
        self._buffer.seek(0)
        self._buffer.truncate()

    def _render(self, line: Line) -> None:
        head = {"timestamp": timestamp(line.at_ns), "level": line.level, "event": line.event}
        self._logger.msg(**head, **line.fields())


def _encode(event: Mapping[str, Any], **_: object) -> bytes:
    return msgspec.json.encode(event)
