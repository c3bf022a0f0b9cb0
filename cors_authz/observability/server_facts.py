"""What the supervisor knows of the server, as far as metrics tell it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cors_authz.observability.worker_status import WorkerStatus


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The policy set in force, and what became of the attempts to replace it."""

    revision: str
    in_force_since_s: float
    """In seconds since the epoch."""
    last_reload_succeeded: bool
    reloads_succeeded: int
    reloads_failed: int


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """One look at the server."""

    policies: PolicyFacts | None
    """``None`` until all workers serve."""
    watcher_heartbeat_at_s: float
    """When somebody last looked for a change, in seconds since the epoch."""
    workers: Sequence[WorkerStatus]
