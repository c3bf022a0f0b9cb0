"""Structured lines, written by a thread of their own so that no check ever waits for a log.

The buffer between is bounded in lines and in bytes: what does not fit is dropped and counted,
and the count is written once there is room again.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cors_authz.observability.renderer import LineRenderer, line_members

DEFAULT_CAPACITY = 10_000
"""A second's worth of lines at the rate of one busy worker."""

DEFAULT_CAPACITY_BYTES = 32 << 20
"""Three times what so many ordinary lines hold; long headers fill it sooner."""

DROP_REPORT_INTERVAL_S = 10.0

CLOSE_TIMEOUT_S = 2.0
"""For how long a process that ends waits for an output that takes nothing."""

_LEAST_BATCH_LINES = 16
"""Few enough that rendering them holds the interpreter for a twentieth of a millisecond."""

_MOST_BATCH_LINES = 256
"""A millisecond. Where checks never pause, Python gives them five before it is our turn again."""

_BATCHES_OF_BACKLOG = 16
"""In how many turns we mean to get through with what waits: the more, the longer our turns."""

_WRITE_BYTES = 1 << 16
"""What is written at a time where more waits: a write takes as long as rendering some lines."""

_GATHER_S = 0.02
"""How long the first line waits for others: waking up costs more than rendering."""


class Line:
    """A line that is still to be made and rendered."""

    __slots__ = ("held_bytes", "make")

    def __init__(self, make: Callable[[], object], held_bytes: int = 1024) -> None:
        self.make: Final = make
        """Called on the writing thread; gives what :meth:`LineRenderer.render` takes."""
        self.held_bytes: Final = held_bytes
        """About what it keeps in memory while it waits."""


class LineOutput(Protocol):
    """Where lines go in the end."""

    def write(self, lines: bytes) -> None:
        """Write whole lines, however long it takes; raise ``OSError`` where it cannot."""


@dataclass(slots=True)
class _Losses:
    """Lines that were lost; each number is written by one thread only."""

    at_the_buffer: int = 0
    at_the_output: int = 0
    at_rendering: int = 0
    problem: str = ""
    """What the last line was lost to, unless it was a full buffer."""

    @property
    def lines(self) -> int:
        """All of them."""
        return self.at_the_buffer + self.at_the_output + self.at_rendering


class LineWriter:
    """Renders lines and writes them to an output, from one thread that hands them over."""

    def __init__(
        self,
        output: LineOutput,
        capacity: int = DEFAULT_CAPACITY,
        capacity_bytes: int = DEFAULT_CAPACITY_BYTES,
        report_interval_s: float = DROP_REPORT_INTERVAL_S,
    ) -> None:
        """Start the writing thread; the capacities say what may wait."""
        self._output = output
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._report_interval_s = report_interval_s
        self._waiting: deque[Line] = deque()
        # Each is only ever raised, and by one thread, so that none needs a lock.
        self._submitted_bytes = 0
        self._taken_bytes = 0
        self._losses = _Losses()
        self._reported_losses = 0
        self._report_at_s = 0.0
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._renderer = LineRenderer()
        self._writing_thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._writing_thread.start()

    @property
    def dropped_lines(self) -> int:
        """Lines that were lost so far: no room, no output, or not to be rendered."""
        return self._losses.lines

    def submit(self, line: Line) -> None:
        """Hand a line over; never blocks, and drops the line where the buffer is full.

        Only ever called from one thread.
        """
        held_bytes = self._submitted_bytes - self._taken_bytes
        if len(self._waiting) >= self._capacity or held_bytes >= self._capacity_bytes:
            self._losses.at_the_buffer += 1
            return
        self._submitted_bytes += line.held_bytes
        self._waiting.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def close(self, timeout_s: float) -> None:
        """Write what is waiting, for at most ``timeout_s`` seconds."""
        self._closing.set()
        self._wake.set()
        self._writing_thread.join(timeout_s)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            self._wake.wait(self._report_interval_s)
            # Seen before what waits, so that all of it is written that was there by then.
            is_last = self._closing.wait(_GATHER_S)
            self._wake.clear()
            while self._waiting:
                self._render_batch()
                if self._renderer.rendered_bytes >= _WRITE_BYTES or not self._waiting:
                    self._flush()
                else:
                    time.sleep(0)  # let whoever answers checks have the interpreter
            if self._losses.lines > self._reported_losses and (
                is_last or time.monotonic() >= self._report_at_s
            ):
                self._report_losses()

    def _render_batch(self) -> None:
        made: list[object] = []
        backlog = len(self._waiting)
        wanted = max(_LEAST_BATCH_LINES, backlog // _BATCHES_OF_BACKLOG)
        for _ in range(min(backlog, wanted, _MOST_BATCH_LINES)):
            line = self._waiting.popleft()
            self._taken_bytes += line.held_bytes
            try:
                made.append(line.make())
            except Exception as error:  # noqa: BLE001 - whatever it is, the next line may be sound
                self._lose(error)
        self._render(made)

    def _render(self, lines: Sequence[object]) -> None:
        """Render lines together; where one of them cannot be, each by itself."""
        if not lines:
            return
        try:
            self._renderer.render(lines)
        except Exception as error:  # noqa: BLE001 - likewise
            if len(lines) == 1:
                self._lose(error)
                return
            for line in lines:
                self._render((line,))

    def _lose(self, error: Exception) -> None:
        self._losses.at_rendering += 1
        self._losses.problem = f"{type(error).__name__}: {error}"

    def _flush(self) -> None:
        lines = self._renderer.take()
        if not lines:
            return
        try:
            self._output.write(lines)
        except OSError as error:
            # A closed pipe or a full disk must not end the thread: the next batch may fit.
            self._losses.at_the_output += lines.count(b"\n")
            self._losses.problem = str(error)

    def _report_losses(self) -> None:
        """Say how many lines are missing, now that there is room again."""
        total = self._losses.lines
        fields = {
            "lines": total - self._reported_losses,
            "linesSinceStart": total,
            "problem": self._losses.problem,
        }
        self._render((line_members("warning", "log_dropped", time.time_ns(), fields),))
        self._flush()
        self._reported_losses = total
        self._report_at_s = time.monotonic() + self._report_interval_s
