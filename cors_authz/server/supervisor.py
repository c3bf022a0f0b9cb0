"""The supervisor's own work: check the policy set, keep the workers running, watch, drain.

Whatever else the supervisor is to do, such as telling operators how things are, runs beside
:meth:`Supervisor.run` in the same event loop and reads :attr:`Supervisor.policies` and
:attr:`Supervisor.workers`. It never loads gRPC, YAML or pydantic.
"""

import asyncio
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TypeAlias

from cors_authz.config.checker import CheckedSnapshot
from cors_authz.config.finding import Level
from cors_authz.config.report import finding_members
from cors_authz.config.spec import SetSpec
from cors_authz.config.status import PolicyStatus, Reload
from cors_authz.config.watch import Watcher
from cors_authz.observability.gathered import Gathered
from cors_authz.observability.lifecycle import Lifecycle
from cors_authz.observability.worker_status import WorkerStatus
from cors_authz.server.fleet import Fleet, SetNotTakenError
from cors_authz.server.interrupt import unless
from cors_authz.server.options import ServeOptions
from cors_authz.server.signals import stop_requested

_MARGIN_S = 5.0
"""What a worker may take beyond delay and grace to write its log and to end."""

_WATCH_AGAIN_S = 5.0


class SetInvalidError(ValueError):
    """The policy set that was there at the start has errors."""

    def __init__(self, checked: CheckedSnapshot) -> None:
        super().__init__("the policy set has errors")
        self.checked = checked


class Supervisor:
    """Runs one server from start to drain."""

    def __init__(
        self,
        options: ServeOptions,
        watcher: Watcher,
        fleet: Fleet,
        lifecycle: Lifecycle,
        gathered: Gathered,
    ) -> None:
        self._options = options
        self._watcher = watcher
        self._fleet = fleet
        self._lifecycle = lifecycle
        self.gathered = gathered
        self.draining = False
        self.policies: PolicyStatus | None = None
        """``None`` until all workers serve."""

    @property
    def workers(self) -> tuple[WorkerStatus, ...]:
        """What is known of each worker."""
        return self._fleet.statuses

    @property
    def watcher_heartbeat_at_s(self) -> float:
        """When the watcher last looked at the policy set, in seconds since the epoch."""
        return self._watcher.heartbeat_at_s

    @property
    def watcher_silence_s(self) -> float:
        """How long ago that was, by a clock that does not jump."""
        return self._watcher.silence_s

    async def run(self, beside: "Beside") -> None:
        """Serve until SIGTERM or SIGINT, then drain. A second signal ends at once.

        Workers load their code while the set is being checked, and while ``beside`` begins.

        Raises:
            SetInvalidError: There is no policy set to start with.
            BrokenStartError: A worker cannot start.
        """
        with stop_requested(end_at_once=self._fleet.kill) as stop:
            began_s = time.monotonic()
            self._fleet.start()
            checking = asyncio.create_task(self._watcher.check_now())
            try:
                async with beside(self) as told:
                    await unless(stop, self._start(checking, told, began_s))
                    await unless(stop, self._watch())
                    if stop.is_set():
                        await self._drain()
            finally:
                checking.cancel()
                await self._fleet.end()

    async def _start(
        self,
        checking: asyncio.Task[CheckedSnapshot],
        told: Mapping[str, str | None],
        began_s: float,
    ) -> None:
        checked = await checking
        self._tell_findings(checked)
        if checked.spec is None:
            raise SetInvalidError(checked)
        await self._fleet.serve_with(checked.spec)
        self.policies = PolicyStatus(
            in_force=checked.spec,
            in_force_since_s=time.time(),
            warnings=checked.findings,
            last_reload=_succeeded(checked, began_s),
        )
        self._expose_series(checked.spec)
        self._lifecycle.info(
            "started",
            listen=self._options.listen,
            port=self.workers[0].port,
            revision=checked.revision,
            workers=[{"worker": w.index, "pid": w.pid, "address": w.address} for w in self.workers],
            **told,
        )

    async def _watch(self) -> None:
        """Watch for ever; a fault of ours must not leave the set unwatched."""
        while True:
            try:
                await self._watcher.run(self._take)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                stack = "".join(traceback.format_exception(error))
                self._lifecycle.error("watcher_failed", stack=stack)
            await asyncio.sleep(_WATCH_AGAIN_S)

    async def _take(self, checked: CheckedSnapshot, seen_at_s: float) -> None:
        """Put a changed set in force, or keep the last good one and tell why."""
        before = self.policies
        if before is None:
            return
        self._tell_findings(checked)
        problem = ""
        if checked.spec is not None:
            problem = await self._put_in_force(checked.spec, before.in_force)
        if checked.spec is None or problem:
            self._keep(before, checked, seen_at_s, problem)
        else:
            self._replace(before, checked.spec, checked, seen_at_s)

    async def _put_in_force(self, spec: SetSpec, before: SetSpec) -> str:
        """Have all workers judge by ``spec``; where one does not, by ``before``, and tell why."""
        try:
            await self._fleet.put_in_force(spec)
        except SetNotTakenError as error:
            await self._fleet.put_in_force(before)
            return str(error)
        return ""

    def _replace(
        self, before: PolicyStatus, spec: SetSpec, checked: CheckedSnapshot, seen_at_s: float
    ) -> None:
        reload = _succeeded(checked, seen_at_s)
        self.policies = PolicyStatus(
            in_force=spec,
            in_force_since_s=reload.at_s,
            warnings=checked.findings,
            last_reload=reload,
            reloads_succeeded=before.reloads_succeeded + 1,
            reloads_failed=before.reloads_failed,
        )
        self._expose_series(spec)
        self._lifecycle.info(
            "reloaded",
            revision=spec.revision,
            formerRevision=before.in_force.revision,
            policies=len(spec.policies),
            groups=len(spec.groups),
            durationSeconds=round(reload.duration_s, 3),
        )

    def _keep(
        self, before: PolicyStatus, checked: CheckedSnapshot, seen_at_s: float, problem: str
    ) -> None:
        reload = replace(_succeeded(checked, seen_at_s), succeeded=False, problem=problem)
        self.policies = replace(
            before, last_reload=reload, reloads_failed=before.reloads_failed + 1
        )
        self._lifecycle.error(
            "reload_failed",
            revision=checked.revision,
            revisionInForce=before.in_force.revision,
            errors=sum(finding.level is Level.ERROR for finding in checked.findings),
            problem=problem,
            durationSeconds=round(reload.duration_s, 3),
        )

    def _expose_series(self, spec: SetSpec) -> None:
        self.gathered.set_in_force({group.name: group.policies for group in spec.groups})

    def _tell_findings(self, checked: CheckedSnapshot) -> None:
        for finding in checked.findings:
            members = finding_members(finding)
            level = members.pop("level")
            tell = self._lifecycle.error if level == Level.ERROR else self._lifecycle.warn
            tell("finding", revision=checked.revision, **members)
        if checked.omitted_findings:
            self._lifecycle.warn(
                "findings_omitted", revision=checked.revision, findings=checked.omitted_findings
            )

    async def _drain(self) -> None:
        self.draining = True
        delay_s, grace_s = self._options.drain_delay_s, self._options.grace_s
        self._lifecycle.info("draining", delaySeconds=delay_s, graceSeconds=grace_s)
        in_time = await self._fleet.drain(delay_s + grace_s + _MARGIN_S)
        self._lifecycle.info("stopped", inTime=in_time)


Beside: TypeAlias = Callable[[Supervisor], AbstractAsyncContextManager[Mapping[str, str | None]]]
"""What runs beside a supervisor until its workers have drained; it gives what the ``started``
line is to tell of it."""


def _succeeded(checked: CheckedSnapshot, began_s: float) -> Reload:
    return Reload(
        succeeded=True,
        at_s=time.time(),
        duration_s=time.monotonic() - began_s,
        revision=checked.revision,
        findings=checked.findings,
    )
