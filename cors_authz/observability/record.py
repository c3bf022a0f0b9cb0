"""The facts about one check that log and metrics are made from."""

from typing import NamedTuple, Protocol

from cors_authz.observability.correlation import Correlation
from cors_authz.policy.decision import Decision, Shadow
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Verdict


class CheckRecord(NamedTuple):
    """One check that led to a decision."""

    decision: Decision
    request: Request
    source: str
    correlation: Correlation
    revision: str
    at_ns: int
    """When the check arrived, in nanoseconds since the epoch."""
    duration_ns: int
    payload_bytes: int
    """Size of what Envoy sent: about what the record keeps in memory."""

    @property
    def shadow_denial(self) -> Shadow | None:
        """What a dry run says, where it would have denied what was not denied."""
        shadow = self.decision.shadow
        if shadow is None or shadow.verdict is not Verdict.DENY:
            return None
        return None if self.decision.verdict is Verdict.DENY else shadow

    @property
    def allowed_in_every_way(self) -> bool:
        """Whether nobody, not even a dry run, objects to the request."""
        decision = self.decision
        if decision.verdict is not Verdict.ALLOW:
            return False
        return decision.shadow is None or decision.shadow.verdict is not Verdict.DENY


class FaultRecord(NamedTuple):
    """One check that led to an internal error."""

    error: BaseException
    request: Request | None
    """``None`` where not even that could be read."""
    source: str
    correlation: Correlation
    revision: str
    at_ns: int
    duration_ns: int
    payload_bytes: int


class CheckSink(Protocol):
    """Whoever wants to know of every check. Must neither block nor raise."""

    def decided(self, record: CheckRecord) -> None:
        """Take note of a decision."""

    def failed(self, record: FaultRecord) -> None:
        """Take note of an internal error."""
