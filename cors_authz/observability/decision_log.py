"""The decision log: which checks become lines."""

import random
from functools import partial

from cors_authz.observability.lines import decision_line, fault_line
from cors_authz.observability.record import CheckRecord, FaultRecord
from cors_authz.observability.writer import Line, LineWriter

_RECORD_BYTES = 2048
"""What a record keeps in memory beside the request's own text."""


class DecisionLog:
    """A sink that writes one line per decision, or of as many as the operator wants."""

    def __init__(self, writer: LineWriter, allowed_share: float, denied_share: float) -> None:
        """Shares are between 0 (none) and 1 (all).

        ``denied_share`` goes for everything that a policy objects to: withheld requests and
        those that only a dry run would deny included.
        """
        self._writer = writer
        self.allowed_share = allowed_share
        self.denied_share = denied_share

    def decided(self, record: CheckRecord) -> None:
        """Write the decision's line, if it is drawn."""
        share = self.allowed_share if record.allowed_in_every_way else self.denied_share
        if share < 1.0 and random.random() >= share:  # noqa: S311 - a sample, not a secret
            return
        held_bytes = _RECORD_BYTES + record.payload_bytes
        self._writer.submit(Line(partial(decision_line, record), held_bytes))

    def failed(self, record: FaultRecord) -> None:
        """Write the line of an internal error, always."""
        held_bytes = _RECORD_BYTES + record.payload_bytes
        self._writer.submit(Line(partial(fault_line, record), held_bytes))
