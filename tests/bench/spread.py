"""Medians, spreads and ratios of what was measured in several rounds."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """What the values of all rounds come to."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """The median of at least one value, the least and the greatest."""
    return Spread(statistics.median(values), min(values), max(values))


def ratios(values: Sequence[float], base: Sequence[float]) -> tuple[float, ...]:
    """Each value by the base's value of the same round, so that a slow minute hits both."""
    return tuple(value / other for value, other in zip(values, base, strict=True))
