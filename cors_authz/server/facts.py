"""What the supervisor knows, put as metrics want it."""

from cors_authz.config.status import PolicyStatus
from cors_authz.observability.server_facts import PolicyFacts, ServerFacts
from cors_authz.server.supervisor import Supervisor


def server_facts(supervisor: Supervisor) -> ServerFacts:
    """Take one look at the server."""
    policies = supervisor.policies
    return ServerFacts(
        policies=None if policies is None else _policy_facts(policies),
        watcher_heartbeat_at_s=supervisor.watcher_heartbeat_at_s,
        workers=supervisor.workers,
    )


def _policy_facts(status: PolicyStatus) -> PolicyFacts:
    return PolicyFacts(
        revision=status.in_force.revision,
        in_force_since_s=status.in_force_since_s,
        last_reload_succeeded=status.last_reload.succeeded,
        reloads_succeeded=status.reloads_succeeded,
        reloads_failed=status.reloads_failed,
    )
