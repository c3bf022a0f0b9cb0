"""The facts about one check that log and metrics are made from."""

from dataclasses import dataclass
from typing import Protocol

from cors_authz.observability.correlation import Correlation
from cors_authz.policy.decision import Decision
from cors_authz.policy.request import Request


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One check that led to a decision."""

    decision: Decision
    request: Request
    source: str
    correlation: Correlation
    revision: str
    at_ns: int
    """When the check arrived, in nanoseconds since the epoch."""
    duration_ns: int


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """One check that led to an internal error."""

    error: BaseException
    request: Request | None
    """``None`` where not even that could be read."""
    source: str
    correlation: Correlation
    revision: str
    at_ns: int
    duration_ns: int


class CheckSink(Protocol):
    """Whoever wants to know of every check. Must neither block nor raise."""

    def decided(self, record: CheckRecord) -> None:
        """Take note of a decision."""

    def failed(self, record: FaultRecord) -> None:
        """Take note of an internal error."""
