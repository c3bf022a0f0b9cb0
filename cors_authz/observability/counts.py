"""What a worker counted since it last told: the message from its tally to the totals."""

from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

DecisionKey: TypeAlias = tuple[str | None, str | None, str, str, str]
"""Group, policy, kind, verdict and reason."""

ShadowKey: TypeAlias = tuple[str | None, str | None, str]
"""Group, policy and reason."""


class Refused(StrEnum):
    """What a worker turns away because there is too much."""

    CHECK = "check"
    CONNECTION = "connection"


BUCKET_BOUNDS_MICROS = (50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000)
"""Upper bounds of the buckets of a check's duration; one without a bound follows."""


class Counts(msgspec.Struct, frozen=True, tag=True):
    """Numbers to add to those told before, so that none is lost with the worker."""

    decisions: dict[DecisionKey, int]
    shadow_denials: dict[ShadowKey, int]
    durations: tuple[int, ...]
    """Checks by bucket, each counted in one."""
    duration_sum_ns: int
    internal_errors: int
    dropped_lines: int
    refused: dict[Refused, int]


class RecentDecisions(msgspec.Struct, frozen=True, tag=True):
    """Those since the worker last told, in order, or the latest of them."""

    lines: tuple[dict[str, Any], ...]
