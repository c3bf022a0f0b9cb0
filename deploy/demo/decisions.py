"""The sidecar's decision log, read line by line as it is written.

Whatever the demo says about a decision comes from here.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import msgspec

Found = TypeVar("Found")

_REMEMBERED_DECISIONS = 1000


class Shadow(msgspec.Struct, frozen=True, rename="camel"):
    """What would have been decided with every policy enforced."""

    verdict: str
    reason: str
    policy: str | None = None


class Decision(msgspec.Struct, frozen=True, rename="camel"):
    """The fields of a decision log line that the demo shows or searches by."""

    event: str
    verdict: str
    reason: str
    kind: str | None = None
    group: str | None = None
    policy: str | None = None
    mode: str | None = None
    shadow: Shadow | None = None
    origin: str | None = None
    method: str | None = None
    requested_method: str | None = None
    path: str | None = None
    status: int | None = None
    request_id: str | None = None


class DecisionLog:
    """The decisions of the last while, numbered in the order in which they were logged."""

    def __init__(self) -> None:
        self._decisions: deque[tuple[int, Decision]] = deque(maxlen=_REMEMBERED_DECISIONS)
        self._next_number = 1
        self._fed = asyncio.Event()

    def feed(self, line: str) -> None:
        """Take one line of the sidecar's output; what is no decision is passed over."""
        try:
            decision = msgspec.json.decode(line, type=Decision)
        except msgspec.MsgspecError:
            return
        if decision.event != "decision":
            return
        self._decisions.append((self._next_number, decision))
        self._next_number += 1
        self._fed.set()
        self._fed = asyncio.Event()

    @property
    def last_number(self) -> int:
        """The number of the latest decision; 0 before the first."""
        return self._next_number - 1

    async def of_request(self, request_id: str, timeout_s: float) -> Decision | None:
        """Wait for the decision about the request to which Envoy gave this id."""

        def find() -> Decision | None:
            matching = (d for _, d in reversed(self._decisions) if d.request_id == request_id)
            return next(matching, None)

        return await self._wait_for(find, timeout_s)

    async def of_call(
        self, origin: str, method: str, path: str, after: int, timeout_s: float
    ) -> tuple[Decision, ...]:
        """Wait for what was decided about a page's call: a preflight, the request, or both.

        ``after`` is the number of the last decision before the call. If the time runs out,
        what came until then is returned.
        """

        def find_all() -> tuple[Decision, ...]:
            return tuple(
                decision
                for number, decision in self._decisions
                if number > after
                and (decision.origin, decision.path) == (origin, path)
                and method in (decision.method, decision.requested_method)
            )

        def find_complete() -> tuple[Decision, ...] | None:
            found = find_all()
            # An allowed preflight is followed by the request itself.
            complete = found and (found[-1].kind != "preflight" or found[-1].verdict == "deny")
            return found if complete else None

        return await self._wait_for(find_complete, timeout_s) or find_all()

    async def _wait_for(self, find: Callable[[], Found | None], timeout_s: float) -> Found | None:
        try:
            async with asyncio.timeout(timeout_s):
                while (found := find()) is None:
                    await self._fed.wait()
        except TimeoutError:
            return None
        return found
