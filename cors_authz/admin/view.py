"""What the admin HTTP server sees of the server it stands beside."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from cors_authz.config.status import PolicyStatus
from cors_authz.observability.worker_status import WorkerStatus


class Gathered(Protocol):
    """What all workers counted and reported."""

    def metrics_text(self) -> bytes:
        """Everything in Prometheus' text format."""

    def recent_decisions(self) -> Sequence[Mapping[str, Any]]:
        """The latest denials, withholdings and shadow denials, newest first."""


class ServerView(Protocol):
    """The running server, to be looked at; everything may differ at the next look."""

    @property
    def draining(self) -> bool:
        """Whether the server was told to stop."""

    @property
    def policies(self) -> PolicyStatus | None:
        """What is in force; ``None`` until all workers serve."""

    @property
    def workers(self) -> tuple[WorkerStatus, ...]:
        """What is known of each worker."""

    @property
    def watcher_heartbeat_at_s(self) -> float:
        """When the policy set was last looked at, in seconds since the epoch."""

    @property
    def watcher_silence_s(self) -> float:
        """How long ago that was, by a clock that does not jump."""

    @property
    def gathered(self) -> Gathered:
        """Metrics and the latest denials."""
