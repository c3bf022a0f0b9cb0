"""What is known of a worker process, for whoever shows or counts it."""

from dataclasses import dataclass
from enum import StrEnum


class WorkerState(StrEnum):
    """Where a worker is in its life."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One worker, as its supervisor sees it."""

    index: int
    address: str
    """Where it listens: ``host:port``, ``unix:/path`` or ``unix-abstract:name``."""
    state: WorkerState = WorkerState.STARTING
    pid: int | None = None
    port: int = 0
    """0 where it listens on a socket, or not yet."""
    revision: str | None = None
    """Of the policy set it judges by."""
    restarts: int = 0
    heartbeat_at_s: float = 0.0
    """Of its last heartbeat, in seconds since the epoch."""
    checks: int = 0
    """Answered since this process began; likewise below."""
    internal_errors: int = 0
    dropped_lines: int = 0
    problem: str = ""
    """Why it does not serve, where it said so."""
