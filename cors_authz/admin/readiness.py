"""Whether the server is ready: four components, all of which must be well. Pure."""

from dataclasses import dataclass

from cors_authz.admin.view import ServerView
from cors_authz.observability.worker_status import WorkerState

WATCHER_STALE_S = 15.0
"""The watcher looks every second; checking the largest set takes some, in which it cannot."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The components of readiness."""

    policies: bool
    """A policy set is in force."""
    watcher: bool
    """Changes of the policy set are noticed."""
    listener: bool
    """At least one worker answers checks."""
    draining: bool
    """The server was told to stop."""

    @property
    def ready(self) -> bool:
        """Whether checks should be sent here."""
        return self.policies and self.watcher and self.listener and not self.draining


def assess(view: ServerView) -> Readiness:
    """Look at the server."""
    return Readiness(
        policies=view.policies is not None,
        watcher=view.watcher_silence_s < WATCHER_STALE_S,
        listener=any(worker.state is WorkerState.SERVING for worker in view.workers),
        draining=view.draining,
    )
