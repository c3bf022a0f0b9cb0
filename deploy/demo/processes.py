"""The programs that the demo starts: watched while it runs, all gone when it ends.

Whatever waits here is bounded, and wakes up when a program ends or the demo is to stop.
"""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

Result = TypeVar("Result")

REPOSITORY = Path(__file__).parents[2]

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TERMINATION_S = 5.0
_KILL_S = 5.0
_LAST_LINES_S = 1.0
_NOTICE_S = 0.5
_KEPT_LINES = 12
_SHOWN_LINE_LENGTH = 300
_MAX_LINE_BYTES = 1 << 20


class PartFailedError(RuntimeError):
    """A part of the demo did not start, or ended while it was needed."""


class StopRequestedError(Exception):
    """Somebody wants the demo to end, with Ctrl-C or a signal."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number


@dataclass(slots=True)
class Part:
    """One running program and the last lines that it wrote."""

    name: str
    process: asyncio.subprocess.Process
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    readers: tuple[asyncio.Task[None], ...] = ()

    def describe_last_lines(self) -> str:
        """What it said last, indented."""
        if not self.last_lines:
            return f"{self.name} wrote nothing."
        return "\n".join(
            (
                f"The last that {self.name} wrote:",
                *(f"  {line[:_SHOWN_LINE_LENGTH]}" for line in self.last_lines),
            )
        )


class Parts:
    """All programs of one demo; ends them when its ``async with`` block is left."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._stop: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for part in reversed(self._parts):
            await _end(part)

    def request_stop(self, signal_number: int) -> None:
        """Make whoever waits in :meth:`watch` raise ``StopRequestedError``; once is enough."""
        if not self._stop.done():
            self._stop.set_result(signal_number)

    async def start(
        self, name: str, command: Sequence[str], on_line: Callable[[str], None] | None = None
    ) -> Part:
        """Start a program; ``on_line`` gets each line that it writes to its standard output.

        Raises:
            PartFailedError: It cannot be run.
        """
        tether = (sys.executable, "-m", "deploy.demo.tether", str(os.getpid()))
        try:
            process = await asyncio.create_subprocess_exec(
                *tether,
                *command,
                cwd=REPOSITORY,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_MAX_LINE_BYTES,
                start_new_session=True,  # Ctrl-C is for the demo, which ends the parts in order
            )
        except OSError as error:
            raise PartFailedError(f"{name} cannot be run: {error}") from error
        part = Part(name, process)
        part.readers = tuple(
            asyncio.create_task(_read_lines(stream, part, taker))
            for stream, taker in ((process.stdout, on_line), (process.stderr, None))
            if stream is not None
        )
        self._parts.append(part)
        return part

    async def watch(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do ``work`` while every part runs and nobody wants the demo to end.

        Raises:
            PartFailedError: A part ended.
            StopRequestedError: The demo is to stop.
        """
        task = asyncio.create_task(work)
        exits = {asyncio.create_task(part.process.wait()): part for part in self._parts}
        try:
            awaited: set[asyncio.Future[Any]] = {task, self._stop, *exits}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if exits and task.done() and task.exception() is not None:
                # What failed here may have failed because a part ended, which shows a bit later.
                await asyncio.wait(exits, timeout=_NOTICE_S, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.done():
                raise StopRequestedError(self._stop.result())
            for waiting, part in exits.items():
                if waiting.done():
                    raise await _describe_end(part)
            return await task
        finally:
            ending: tuple[asyncio.Future[Any], ...] = (task, *exits)
            for future in ending:
                future.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    def describe_last_lines(self) -> str:
        """What all parts said last."""
        return "\n".join(part.describe_last_lines() for part in self._parts)


@contextmanager
def stop_signals_sent_to(parts: Parts) -> Iterator[None]:
    """Until the block ends, stop signals ask ``parts`` to stop instead of ending the process."""
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, parts.request_stop, number)
    try:
        yield
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)


async def _read_lines(
    stream: asyncio.StreamReader, part: Part, on_line: Callable[[str], None] | None
) -> None:
    while line := await stream.readline():
        text = line.decode(errors="replace").rstrip()
        part.last_lines.append(text)
        if on_line is not None:
            on_line(text)


async def _describe_end(part: Part) -> PartFailedError:
    await asyncio.wait(part.readers, timeout=_LAST_LINES_S)
    code = part.process.returncode
    how = f"with status {code}"
    if code is not None and code < 0:
        how = f"by {signal.Signals(-code).name}"
    return PartFailedError(f"{part.name} ended {how}.\n{part.describe_last_lines()}")


async def _end(part: Part) -> None:
    """Ask the whole process group to end, then make it; both bounded."""
    for number, limit_s in ((signal.SIGTERM, _TERMINATION_S), (signal.SIGKILL, _KILL_S)):
        with suppress(ProcessLookupError):
            os.killpg(part.process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(part.process.wait(), limit_s)
            break
    for reader in part.readers:
        reader.cancel()
    await asyncio.gather(*part.readers, return_exceptions=True)
