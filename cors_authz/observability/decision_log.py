"""The decision log: which checks become lines."""

import random

from cors_authz.observability.lines import decision_fields, fault_fields
from cors_authz.observability.record import CheckRecord, FaultRecord
from cors_authz.observability.writer import Line, LineWriter
from cors_authz.policy.terms import Verdict


class DecisionLog:
    """A sink that writes one line per decision, or of as many as the operator wants."""

    def __init__(self, writer: LineWriter, allowed_share: float, denied_share: float) -> None:
        """Shares are between 0 (none) and 1 (all)."""
        self._writer = writer
        self.allowed_share = allowed_share
        self.denied_share = denied_share

    def decided(self, record: CheckRecord) -> None:
        """Write the decision's line, if it is drawn."""
        allowed = record.decision.verdict is Verdict.ALLOW
        share = self.allowed_share if allowed else self.denied_share
        if share >= 1.0 or random.random() < share:  # noqa: S311 - a sample, not a secret
            self._writer.submit(
                Line("info", "decision", record.at_ns, lambda: decision_fields(record))
            )

    def failed(self, record: FaultRecord) -> None:
        """Write the line of an internal error, always."""
        self._writer.submit(Line("error", "decision", record.at_ns, lambda: fault_fields(record)))
