"""The facts about one check that log and metrics are made from."""

from typing import Final, Protocol

from cors_authz.observability.correlation import Correlation
from cors_authz.policy.decision import Decision, Shadow
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Verdict


class CheckRecord:
    """One check that led to a decision."""

    __slots__ = (
        "at_ns",
        "correlation",
        "decision",
        "duration_ns",
        "payload_bytes",
        "request",
        "revision",
        "source",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - a check has that many sides
        self,
        decision: Decision,
        request: Request,
        source: str,
        correlation: Correlation,
        revision: str,
        at_ns: int,
        duration_ns: int,
        payload_bytes: int,
    ) -> None:
        self.decision: Final = decision
        self.request: Final = request
        self.source: Final = source
        self.correlation: Final = correlation
        self.revision: Final = revision
        self.at_ns: Final = at_ns
        """When the check arrived, in nanoseconds since the epoch."""
        self.duration_ns: Final = duration_ns
        self.payload_bytes: Final = payload_bytes
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


class FaultRecord:
    """One check that led to an internal error."""

    __slots__ = (
        "at_ns",
        "correlation",
        "duration_ns",
        "error",
        "payload_bytes",
        "request",
        "revision",
        "source",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - likewise
        self,
        error: BaseException,
        request: Request | None,
        source: str,
        correlation: Correlation,
        revision: str,
        at_ns: int,
        duration_ns: int,
        payload_bytes: int,
    ) -> None:
        self.error: Final = error
        self.request: Final = request
        """``None`` where not even that could be read."""
        self.source: Final = source
        self.correlation: Final = correlation
        self.revision: Final = revision
        self.at_ns: Final = at_ns
        self.duration_ns: Final = duration_ns
        self.payload_bytes: Final = payload_bytes


class CheckSink(Protocol):
    """Whoever wants to know of every check. Must neither block nor raise."""

    def decided(self, record: CheckRecord) -> None:
        """Take note of a decision."""

    def failed(self, record: FaultRecord) -> None:
        """Take note of an internal error."""
