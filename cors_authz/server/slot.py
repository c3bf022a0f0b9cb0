"""One place for a worker: keeps a process in it, and replaces one that dies or falls silent."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

from msgspec import structs

from cors_authz.observability.counts import Counts, RecentDecisions
from cors_authz.observability.lifecycle import Lifecycle
from cors_authz.observability.worker_status import WorkerState, WorkerStatus
from cors_authz.server.endpoint import parse_endpoint
from cors_authz.server.messages import (
    Heartbeat,
    InForce,
    PolicySetPart,
    Ready,
    Refused,
    Start,
    StartFailed,
    TlsChanged,
    ToSupervisor,
)
from cors_authz.server.tls import TlsMaterial
from cors_authz.server.worker_process import SupervisorChannel, WorkerProcess, start_worker

SILENCE_S = 15.0
"""Workers beat every second; one that is silent so long is stuck, or stopped."""

_START_S = 60.0
"""Until its first word a worker loads its code, which takes a tenth of that where all is busy."""

_FIRST_DELAY_S = 0.1
_MAX_DELAY_S = 5.0
_SOUND_AFTER_S = 30.0
"""A worker that lived so long did not die of its start."""

_EXIT_TIMEOUT_S = 5.0


OnTold: TypeAlias = Callable[[Counts | RecentDecisions], None]
"""Takes what a worker has to tell of its checks."""


class WorkerSlot:
    """Keeps one worker running until it is told to drain."""

    def __init__(
        self,
        start: Start,
        inherited: Sequence[int],
        lifecycle: Lifecycle,
        on_change: Callable[[], None],
        on_told: OnTold,
    ) -> None:
        self._start = start
        self._inherited = tuple(inherited)
        self._lifecycle = lifecycle
        self._on_change = on_change
        self._on_told = on_told
        self._draining = asyncio.Event()
        self._wanted: Sequence[PolicySetPart] = ()
        self._news = asyncio.Event()
        self._worker: WorkerProcess | None = None
        self.status = WorkerStatus(start.index, start.address)
        self.refusal: Refused | None = None
        """What the worker said of the set that was last given to it, if it said no."""

    def give(self, parts: Sequence[PolicySetPart]) -> None:
        """Have the worker, and whichever comes after it, judge by this set."""
        self._wanted = parts
        self.refusal = None
        self._news.set()

    def give_tls(self, material: TlsMaterial) -> None:
        """Likewise, have it use this for new connections."""
        self._start = structs.replace(self._start, tls=material)
        self._news.set()

    def drain(self) -> None:
        """Ask the worker to drain, and replace it no more."""
        self._draining.set()
        if self._worker is not None:
            self._update(state=WorkerState.DRAINING)
            self._worker.terminate()

    def kill(self) -> None:
        """End the worker at once."""
        if self._worker is not None:
            self._worker.kill()

    async def run(self) -> None:
        """Keep a worker running; end when it has ended after :meth:`drain`."""
        delay_s = 0.0
        while not self._draining.is_set():
            began_s = time.monotonic()
            ending = await self._run_worker()
            self._update(state=WorkerState.ENDED, pid=None)
            if self._draining.is_set():
                return
            if time.monotonic() - began_s > _SOUND_AFTER_S:
                delay_s = 0.0
            self._lifecycle.warn(
                "worker_ended",
                worker=self.status.index,
                ending=ending,
                problem=self.status.problem,
                replacedInSeconds=delay_s,
            )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._draining.wait(), delay_s)
            delay_s = min(max(2 * delay_s, _FIRST_DELAY_S), _MAX_DELAY_S)
            self._update(state=WorkerState.STARTING, restarts=self.status.restarts + 1)

    async def _run_worker(self) -> str:
        """Run one worker to its end, and tell how it ended."""
        try:
            worker = self._worker = await start_worker(self._inherited)
        except OSError as error:
            return f"it did not start: {error}"
        self._update(pid=worker.process.pid, revision=None, problem="")
        if self._draining.is_set():
            worker.terminate()
        sending = asyncio.create_task(self._send(worker.channel))
        ending = ""
        try:
            ending = await self._listen(worker.channel)
        finally:
            sending.cancel()
            worker.channel.close()
            if ending:
                worker.kill()
            status = await _reap(worker)
            self._worker = None
        return ending or status

    async def _send(self, channel: SupervisorChannel) -> None:
        """Send what the worker needs to start, and then whatever changes."""
        with suppress(ConnectionError):
            tls, parts = self._start.tls, self._wanted
            await channel.send(self._start)
            await _send_all(channel, parts)
            while True:
                self._news.clear()
                if self._start.tls is not tls and self._start.tls is not None:
                    tls = self._start.tls
                    await channel.send(TlsChanged(tls))
                elif self._wanted is not parts:
                    parts = self._wanted
                    await _send_all(channel, parts)
                else:
                    await self._news.wait()

    async def _listen(self, channel: SupervisorChannel) -> str:
        """Take messages until the worker closes the channel; else tell what is wrong with it."""
        patience_s = _START_S
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    message = await channel.receive()
            except TimeoutError:
                return f"it was silent for {patience_s:g} s"
            except ConnectionError as error:
                return f"it sent what is no message: {error}"
            if message is None:
                return ""
            self._take(message)
            patience_s = SILENCE_S

    def _take(self, message: ToSupervisor) -> None:
        match message:
            case Heartbeat():
                self._update(
                    heartbeat_at_s=time.time(),
                    checks=message.checks,
                    internal_errors=message.internal_errors,
                    dropped_lines=message.dropped_lines,
                )
            case Counts() | RecentDecisions():
                self._on_told(message)
            case Ready():
                self._keep_port(message.port)
                state = WorkerState.DRAINING if self._draining.is_set() else WorkerState.SERVING
                self._update(state=state, port=message.port)
                if self.status.restarts:
                    self._lifecycle.info(
                        "worker_replaced", worker=self.status.index, pid=self.status.pid
                    )
            case InForce():
                self._update(revision=message.revision)
            case Refused():
                self.refusal = message
                self._on_change()
            case StartFailed():
                self._update(problem=message.problem)

    def _keep_port(self, port: int) -> None:
        """Have the replacement listen where Envoy knows this worker to be."""
        endpoint = parse_endpoint(self._start.address).with_port(port)
        self._start = structs.replace(self._start, address=endpoint.address)
        self.status = replace(self.status, address=endpoint.address)

    def _update(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self._on_change()


async def _send_all(channel: SupervisorChannel, parts: Sequence[PolicySetPart]) -> None:
    for part in parts:
        await channel.send(part)


async def _reap(worker: WorkerProcess) -> str:
    """Wait for a process that is about to end, or make it; tell how it ended."""
    try:
        status = await asyncio.wait_for(worker.process.wait(), _EXIT_TIMEOUT_S)
    except TimeoutError:
        worker.kill()
        status = await worker.process.wait()
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name
