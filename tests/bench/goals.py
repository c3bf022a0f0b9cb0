"""What the product is meant to reach, and whether it did in this run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cors_authz.server.options import FAST, GRPCIO
from tests.bench import direct, engine, footprint, through_envoy
from tests.bench.comparison import Comparison, Metric
from tests.bench.headline import GO, compiled, noop_name, product_name
from tests.bench.requests import RequestKind
from tests.bench.spread import Spread, ratios, spread

_Values = Mapping[tuple[str, Metric], Sequence[float]]
"""By row and metric."""

_Rows = tuple[str, str]
"""A row, and that which it is divided by."""

_BY_GO: tuple[_Rows, ...] = ((compiled(product_name(FAST)), GO), (product_name(FAST), GO))
"""What the image has is compiled; it is judged where it could be built."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that must not be missed."""

    text: str
    limit: float
    is_at_least: bool
    """Otherwise the figure is to be at most the limit."""
    figure: Callable[[_Values], Sequence[float]]
    """Of each round; raises ``KeyError`` where it was not measured."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a goal."""

    goal: Goal
    found: Spread

    @property
    def is_met(self) -> bool:
        """Whether the median is good enough."""
        if self.goal.is_at_least:
            return self.found.median >= self.goal.limit
        return self.found.median <= self.goal.limit


def outcomes(comparisons: Sequence[Comparison]) -> Iterator[Outcome]:
    """What became of the goals that were measured."""
    values = {
        (row.name, metric): found
        for comparison in comparisons
        for row in comparison.rows
        for metric, found in row.values.items()
    }
    for goal in GOALS:
        try:
            figures = goal.figure(values)
        except KeyError:
            continue
        yield Outcome(goal, spread(figures))


def as_markdown(found: Sequence[Outcome]) -> str:
    """All of them as a table."""
    lines = [
        "### Goals",
        "",
        "| | goal | median (least to greatest) | |",
        "| --- | ---: | ---: | --- |",
    ]
    for outcome in found:
        sign = "at least" if outcome.goal.is_at_least else "at most"
        figure = outcome.found
        lines.append(
            f"| {outcome.goal.text} | {sign} {outcome.goal.limit:g} "
            f"| {figure.median:.2f} ({figure.low:.2f} to {figure.high:.2f}) "
            f"| {'met' if outcome.is_met else 'missed'} |"
        )
    return "\n".join(lines) + "\n"


def _ratio(metric: Metric, *pairs: _Rows) -> Callable[[_Values], Sequence[float]]:
    """By the first of these pairs of rows of which the first row was measured."""

    def figure(values: _Values) -> Sequence[float]:
        measured = (pair for pair in pairs if (pair[0], metric) in values)
        row, base = next(measured, pairs[-1])
        return ratios(values[row, metric], values[base, metric])

    return figure


def _of(row: str, metric: Metric) -> Callable[[_Values], Sequence[float]]:
    return lambda values: values[row, metric]


def _against_noop(transport: str, limit: float, noop: str) -> Iterator[Goal]:
    product = product_name(transport)
    pairs = ((compiled(product), noop), (product, noop_name(transport)))
    for place, metric in (
        ("through Envoy", through_envoy.THROUGHPUT),
        ("asked directly", direct.THROUGHPUT),
    ):
        text = f"{transport}: throughput {place} by that of a no-op on the same transport"
        yield Goal(text, limit, is_at_least=True, figure=_ratio(metric, *pairs))


def _of_engine(metric: Metric, limit: float, text: str) -> Iterator[Goal]:
    for kind in RequestKind:
        figure = _of(kind.value, metric)
        yield Goal(f"{text}, {kind.value}", limit, is_at_least=False, figure=figure)


GOALS: tuple[Goal, ...] = (
    Goal(
        "Throughput through Envoy by Go's",
        0.9,
        is_at_least=True,
        figure=_ratio(through_envoy.THROUGHPUT, *_BY_GO),
    ),
    Goal(
        "Mean latency through Envoy by Go's",
        1.2,
        is_at_least=False,
        figure=_ratio(through_envoy.LATENCY, *_BY_GO),
    ),
    *_against_noop(FAST, 0.7, compiled(noop_name(FAST))),
    *_against_noop(GRPCIO, 0.9, noop_name(GRPCIO)),
    *_of_engine(engine.CHECK, 10, "Bytes to bytes, µs"),
    *_of_engine(engine.CHECK_GROWTH, 1.3, "100,000 groups by 10"),
    *_of_engine(engine.DECISION_GROWTH, 1.3, "100,000 groups by 10, decision alone"),
    Goal(
        "Resident MiB of a worker",
        60,
        is_at_least=False,
        figure=_of(footprint.WORKER_ROW, footprint.RESIDENT),
    ),
    Goal(
        "Start to first answer, s",
        1,
        is_at_least=False,
        figure=_of(footprint.START_ROW, footprint.START_TWO_CORES),
    ),
)
