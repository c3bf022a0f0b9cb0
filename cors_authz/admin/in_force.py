"""The policy set in force, compiled for explanations: once per revision, off the event loop."""

import asyncio

from cors_authz.admin.view import ServerView
from cors_authz.config.compile import compile_set
from cors_authz.policy.decide import PolicySet


class InForce:
    """Gives the compiled set; the supervisor itself holds it as plain data only."""

    def __init__(self, view: ServerView) -> None:
        self._view = view
        self._compiled: PolicySet | None = None
        self._lock = asyncio.Lock()

    async def policy_set(self) -> PolicySet | None:
        """The set in force now; ``None`` where there is none yet."""
        async with self._lock:
            policies = self._view.policies
            if policies is None:
                return None
            spec = policies.in_force
            if self._compiled is None or self._compiled.revision != spec.revision:
                self._compiled = (await asyncio.to_thread(compile_set, spec)).policy_set
            return self._compiled
