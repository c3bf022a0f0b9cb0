"""The sums over all workers there ever were: what Prometheus counters must be.

Series are bounded by the policy sets in force: those of a group or policy that a reload took
away stay for one more set, so that their last counts are scraped, and then go.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from itertools import islice
from typing import TypeAlias

from cors_authz.observability.counts import (
    BUCKET_BOUNDS_MICROS,
    Counts,
    DecisionKey,
    Refused,
    ShadowKey,
)
from cors_authz.policy.terms import Kind, Reason, Verdict

MAX_GROUPS_FROM_START = 1_000
"""Groups beyond have series from their first request on."""

_FROM_START = (
    (Kind.NON_CORS, Verdict.ALLOW, Reason.ALLOWED),
    (Kind.ACTUAL, Verdict.DENY, Reason.ORIGIN_NOT_ALLOWED),
)
"""What befalls a group of any configuration, told of no single policy."""

Memberships: TypeAlias = Mapping[str, Collection[str]]
"""The policies of each group, by name."""


class Totals:
    """Adds up what workers tell."""

    def __init__(self) -> None:
        self._decisions: Counter[DecisionKey] = Counter()
        self._shadow_denials: Counter[ShadowKey] = Counter()
        self._memberships: Memberships = {}
        self.durations = [0] * (len(BUCKET_BOUNDS_MICROS) + 1)
        """Checks by bucket, each counted in one."""
        self.duration_sum_ns = 0
        self.internal_errors = 0
        self.dropped_lines = 0
        self.refused = Counter(dict.fromkeys(Refused, 0))

    @property
    def decisions(self) -> Mapping[DecisionKey, int]:
        """Decisions by group, policy, kind, verdict and reason."""
        return self._decisions

    @property
    def shadow_denials(self) -> Mapping[ShadowKey, int]:
        """What dry runs would have denied, by group, policy and reason."""
        return self._shadow_denials

    def add(self, counts: Counts) -> None:
        """Add what a worker told."""
        self._decisions.update(counts.decisions)
        self._shadow_denials.update(counts.shadow_denials)
        self.durations = [sum(pair) for pair in zip(self.durations, counts.durations, strict=True)]
        self.duration_sum_ns += counts.duration_sum_ns
        self.internal_errors += counts.internal_errors
        self.dropped_lines += counts.dropped_lines
        self.refused.update(counts.refused)

    def set_in_force(self, memberships: Memberships) -> None:
        """Have the first series of each group, and none that the last two sets know nothing of."""
        former, self._memberships = self._memberships, memberships
        for series in (self._decisions, self._shadow_denials):
            gone = [k for k in series if not (_known(k, memberships) or _known(k, former))]
            for key in gone:
                del series[key]
        for group in islice(memberships, MAX_GROUPS_FROM_START):
            for kind, verdict, reason in _FROM_START:
                self._decisions[group, None, kind, verdict, reason] += 0


def _known(key: DecisionKey | ShadowKey, memberships: Memberships) -> bool:
    group, policy = key[:2]
    if group is None:
        return True
    return group in memberships and (policy is None or policy in memberships[group])
