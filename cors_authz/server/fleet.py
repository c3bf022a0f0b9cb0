"""All workers together: started, given the same policy set, watched, drained."""

import asyncio
from collections.abc import Callable, Sequence

from cors_authz.config.spec import SetSpec
from cors_authz.observability.lifecycle import Lifecycle
from cors_authz.observability.worker_status import WorkerState, WorkerStatus
from cors_authz.server.messages import Start, policy_set_parts
from cors_authz.server.slot import OnTold, WorkerSlot
from cors_authz.server.tls import TlsMaterial

_MAX_START_ATTEMPTS = 3
"""A worker that dies so often without ever having served will not serve."""


class BrokenStartError(RuntimeError):
    """A worker cannot start, and trying again would not help."""


class SetNotTakenError(RuntimeError):
    """A worker did not take a policy set."""


class Fleet:
    """The workers of one server."""

    def __init__(
        self,
        starts: Sequence[Start],
        inherited: Sequence[Sequence[int]],
        lifecycle: Lifecycle,
        on_told: OnTold,
    ) -> None:
        """Prepare one worker per start; ``inherited`` are the descriptors of each."""
        self._changed = asyncio.Event()
        self._slots = tuple(
            WorkerSlot(start, descriptors, lifecycle, self._changed.set, on_told)
            for start, descriptors in zip(starts, inherited, strict=True)
        )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def statuses(self) -> tuple[WorkerStatus, ...]:
        """What is known of each worker."""
        return tuple(slot.status for slot in self._slots)

    def start(self) -> None:
        """Start all workers; they listen once they have a policy set."""
        self._tasks = [asyncio.create_task(slot.run()) for slot in self._slots]

    async def serve_with(self, spec: SetSpec) -> None:
        """Give the workers their first policy set and wait until all of them serve.

        Raises:
            BrokenStartError: One of them cannot.
        """
        self._give(spec)
        await self._wait_until(lambda: all(_has_started(slot) for slot in self._slots))

    async def put_in_force(self, spec: SetSpec) -> None:
        """Give all workers another set and wait until those that serve judge by it.

        Raises:
            SetNotTakenError: One of them does not take it; call again with the former set.
        """
        self._give(spec)
        await self._wait_until(lambda: all(_judges_by(slot, spec) for slot in self._slots))

    def give_tls(self, material: TlsMaterial) -> None:
        """Have all workers use this for connections that are made from now on."""
        for slot in self._slots:
            slot.give_tls(material)

    async def drain(self, timeout_s: float) -> bool:
        """Have all workers drain; end those that take too long, and tell whether none did."""
        for slot in self._slots:
            slot.drain()
        _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
        await self.end()
        return not late

    async def end(self) -> None:
        """End all workers at once, and see them gone; those that have ended stay as they are."""
        if all(task.done() for task in self._tasks):
            return
        for slot in self._slots:
            slot.drain()
            slot.kill()
        await asyncio.wait(self._tasks)

    def kill(self) -> None:
        """End all workers at once."""
        for slot in self._slots:
            slot.kill()

    def _give(self, spec: SetSpec) -> None:
        parts = tuple(policy_set_parts(spec))
        for slot in self._slots:
            slot.give(parts)

    async def _wait_until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._changed.clear()
            await self._changed.wait()


def _has_started(slot: WorkerSlot) -> bool:
    status = slot.status
    if status.problem:
        raise BrokenStartError(status.problem)
    if status.restarts >= _MAX_START_ATTEMPTS:
        raise BrokenStartError(f"worker {status.index} ended {status.restarts} times at its start")
    return status.state is WorkerState.SERVING


def _judges_by(slot: WorkerSlot, spec: SetSpec) -> bool:
    """Whether a worker took a set; one that is not serving will have it when it is."""
    if slot.refusal is not None and slot.refusal.revision == spec.revision:
        raise SetNotTakenError(slot.refusal.problem)
    return slot.status.state is not WorkerState.SERVING or slot.status.revision == spec.revision
