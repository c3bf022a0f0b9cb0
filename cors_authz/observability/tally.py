"""A worker's counts of its checks, in plain dictionaries: this runs for every check.

What becomes of them is for :mod:`cors_authz.observability.totals` to say.
"""

from bisect import bisect_left
from typing import TypeVar

from cors_authz.observability.counts import (
    BUCKET_BOUNDS_MICROS,
    Counts,
    DecisionKey,
    Refused,
    ShadowKey,
)
from cors_authz.observability.record import CheckRecord, FaultRecord

_NANOSECONDS_PER_MICROSECOND = 1_000
_BOUNDS_NS = tuple(bound * _NANOSECONDS_PER_MICROSECOND for bound in BUCKET_BOUNDS_MICROS)
_BUCKETS = len(_BOUNDS_NS) + 1

_MAX_SERIES_PER_TAKE = 1_000
"""Encoding so many holds a worker for less than a millisecond."""

Key = TypeVar("Key")


class Tally:
    """A sink that counts, and gives its counts away bit by bit."""

    def __init__(self) -> None:
        self.checks = 0
        """All that were answered, internal errors included, since the worker's start."""
        self.internal_errors = 0
        """Likewise since the worker's start."""
        self._decisions: dict[DecisionKey, int] = {}
        self._shadow_denials: dict[ShadowKey, int] = {}
        self._durations = [0] * _BUCKETS
        self._duration_sum_ns = 0
        self._refused: dict[Refused, int] = {}
        self._taken_internal_errors = 0
        self._taken_dropped_lines = 0

    @property
    def has_more(self) -> bool:
        """Whether one more message has something to tell."""
        return bool(self._decisions or self._shadow_denials)

    def decided(self, record: CheckRecord) -> None:
        """Count a decision."""
        decision = record.decision
        key = (
            decision.group,
            decision.policy,
            decision.kind,
            decision.verdict,
            decision.reason,
        )
        self._decisions[key] = self._decisions.get(key, 0) + 1
        if decision.shadow is not None and (shadow := record.shadow_denial) is not None:
            shadow_key = (decision.group, shadow.policy, shadow.reason)
            self._shadow_denials[shadow_key] = self._shadow_denials.get(shadow_key, 0) + 1
        self._count(record.duration_ns)

    def failed(self, record: FaultRecord) -> None:
        """Count an internal error."""
        self.internal_errors += 1
        self._count(record.duration_ns)

    def refuse(self, what: Refused) -> None:
        """Count what was turned away."""
        self._refused[what] = self._refused.get(what, 0) + 1

    def take(self, dropped_lines: int) -> Counts:
        """Give away what was counted and not taken yet, or as much of it as fits a message.

        ``dropped_lines`` are those of the worker's log since its start.
        """
        counts = Counts(
            decisions=_take_some(self._decisions),
            shadow_denials=_take_some(self._shadow_denials),
            durations=tuple(self._durations),
            duration_sum_ns=self._duration_sum_ns,
            internal_errors=self.internal_errors - self._taken_internal_errors,
            dropped_lines=dropped_lines - self._taken_dropped_lines,
            refused=self._refused,
        )
        self._refused = {}
        self._durations = [0] * _BUCKETS
        self._duration_sum_ns = 0
        self._taken_internal_errors = self.internal_errors
        self._taken_dropped_lines = dropped_lines
        return counts

    def _count(self, duration_ns: int) -> None:
        self.checks += 1
        self._durations[bisect_left(_BOUNDS_NS, duration_ns)] += 1
        self._duration_sum_ns += duration_ns


def _take_some(series: dict[Key, int]) -> dict[Key, int]:
    return dict(series.popitem() for _ in range(min(len(series), _MAX_SERIES_PER_TAKE)))
