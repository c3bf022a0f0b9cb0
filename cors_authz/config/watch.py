"""Notices that policy files changed: looks at them every second, trusts no file events.

Events follow old inodes, overflow, run out per node, and are silent on some file systems.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

from cors_authz.config.checker import CheckedSnapshot, check_snapshot
from cors_authz.config.snapshot import Snapshot, take_snapshot

INTERVAL_S = 1.0

_RETRY_S = 30.0
"""After checking failed for lack of memory or time, which the content is not to blame for."""

T = TypeVar("T")

OnChecked: TypeAlias = Callable[[CheckedSnapshot, float], Awaitable[None]]
"""Takes what was checked, and the time on the monotonic clock when the change was seen."""


class Watcher:
    """Watches one file or folder and has every change checked."""

    def __init__(self, path: Path, interval_s: float = INTERVAL_S) -> None:
        self._path = path
        self._interval_s = interval_s
        self._checked: Snapshot | None = None
        self._check_again_at_s = float("inf")
        self._heartbeat_s = float("-inf")
        self.heartbeat_at_s = 0.0
        """When it last looked, in seconds since the epoch; to be told, not to be reckoned with."""

    @property
    def silence_s(self) -> float:
        """How long ago it last looked, whatever became of the time of day meanwhile."""
        return time.monotonic() - self._heartbeat_s

    async def check_now(self) -> CheckedSnapshot:
        """Check what is there now, as at the start."""
        return await self._check(await self._look())

    async def run(self, on_checked: OnChecked) -> None:
        """Look again and again; have each change checked and ``on_checked`` take the result."""
        previous = self._checked
        while True:
            await asyncio.sleep(self._interval_s)
            snapshot = await self._look()
            seen_at_s = time.monotonic()
            if self._is_due(snapshot, previous):
                checked = await self._while_looking_alive(self._check(snapshot))
                await self._while_looking_alive(on_checked(checked, seen_at_s))
            previous = snapshot

    def _is_due(self, snapshot: Snapshot, previous: Snapshot | None) -> bool:
        """Whether to check: a change that is surely written to its end, or a second try."""
        if snapshot.same_content(self._checked):
            return time.monotonic() >= self._check_again_at_s
        return snapshot.atomic or snapshot.same_content(previous)

    async def _look(self) -> Snapshot:
        self._beat()
        return await asyncio.to_thread(take_snapshot, self._path)

    async def _check(self, snapshot: Snapshot) -> CheckedSnapshot:
        self._checked = snapshot
        checked = await check_snapshot(snapshot)
        retry_in_s = float("inf") if checked.conclusive else _RETRY_S
        self._check_again_at_s = time.monotonic() + retry_in_s
        return checked

    async def _while_looking_alive(self, work: Awaitable[T]) -> T:
        """Wait for work that takes its time; the heart beats meanwhile."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=self._interval_s))[0]:
                self._beat()
            return task.result()
        finally:
            task.cancel()

    def _beat(self) -> None:
        self._heartbeat_s, self.heartbeat_at_s = time.monotonic(), time.time()
