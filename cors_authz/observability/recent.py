"""A worker's latest denials, withholdings and shadow denials, for people to look at.

A deluge costs next to nothing: a record is kept by reference, the oldest one falls out, and
only what is left is rendered.
"""

from collections import deque

from msgspec import to_builtins

from cors_authz.observability.counts import RecentDecisions
from cors_authz.observability.lines import decision_line
from cors_authz.observability.record import CheckRecord, FaultRecord

MAX_UNTOLD = 20
"""Making so many holds a worker for a tenth of a millisecond."""


class RecentChecks:
    """A sink that keeps what somebody objected to until it is taken."""

    def __init__(self) -> None:
        self._untold: deque[CheckRecord] = deque(maxlen=MAX_UNTOLD)

    def decided(self, record: CheckRecord) -> None:
        """Keep it, unless it was allowed in every way."""
        if not record.allowed_in_every_way:
            self._untold.append(record)

    def failed(self, record: FaultRecord) -> None:
        """An internal error is no decision; log and metrics tell it."""

    def take(self) -> RecentDecisions | None:
        """Give away what was kept; ``None`` where that is nothing."""
        if not self._untold:
            return None
        records, self._untold = self._untold, deque(maxlen=MAX_UNTOLD)
        return RecentDecisions(tuple(to_builtins(decision_line(record)) for record in records))
