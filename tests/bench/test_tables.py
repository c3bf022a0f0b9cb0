"""Medians, ratios, tables and verdicts come out of the measured values as they should."""

import pytest

from tests.bench import through_envoy
from tests.bench.comparison import Comparison, Measured, Metric
from tests.bench.goals import as_markdown as goals_as_markdown
from tests.bench.goals import outcomes
from tests.bench.headline import GO, compiled, noop_name, product_name
from tests.bench.spread import Spread, ratios, spread
from tests.bench.table import as_json, as_markdown

SPEED = Metric("requests/s")
LOSS = Metric("lost, %", digits=1, compared=False)


@pytest.fixture(name="comparison")
def fixture_comparison() -> Comparison:
    measured = Measured()
    for ours, theirs in ((900, 1000), (1900, 2000), (500, 1000)):
        measured.add("ours", {SPEED: ours})
        measured.add("theirs", {SPEED: theirs})
    measured.add("ours", {LOSS: 0.25})
    return Comparison("Speed", (SPEED, LOSS), measured.as_rows(), "theirs", ("C++: no compiler",))


def test_a_spread_is_median_least_and_greatest() -> None:
    assert spread([3.0, 1.0, 9.0]) == Spread(median=3.0, low=1.0, high=9.0)


def test_ratios_are_taken_round_by_round() -> None:
    assert ratios([900, 1900, 500], [1000, 2000, 1000]) == (0.9, 0.95, 0.5)


def test_rounds_that_do_not_match_have_no_ratios() -> None:
    with pytest.raises(ValueError, match="longer"):
        ratios([1.0], [1.0, 2.0])


def test_a_table_shows_medians_spreads_and_ratios(comparison: Comparison) -> None:
    assert as_markdown(comparison) == (
        "### Speed\n"
        "\n"
        "|  | requests/s | by theirs | lost, % |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| ours | 900 (500 to 1,900) | 0.90 (0.50 to 0.95) | 0.2 |\n"
        "| theirs | 1,000 (1,000 to 2,000) |  |  |\n"
        "\n"
        "Left out: C++: no compiler\n"
    )


def test_the_file_holds_every_value(comparison: Comparison) -> None:
    assert as_json(comparison)["rows"] == [
        {"name": "ours", "values": {"requests/s": [900, 1900, 500], "lost, %": [0.25]}},
        {"name": "theirs", "values": {"requests/s": [1000, 2000, 1000]}},
    ]


@pytest.mark.parametrize(
    ("ours", "ending"), [(4100, "| 0.91 (0.91 to 0.91) | met |"), (4000, "| missed |")]
)
def test_a_goal_is_met_by_the_median(ours: float, ending: str) -> None:
    measured = Measured()
    measured.add(product_name("fast"), {through_envoy.THROUGHPUT: ours})
    measured.add(GO, {through_envoy.THROUGHPUT: 4500})
    comparison = Comparison("x", through_envoy.METRICS, measured.as_rows(), GO)

    (outcome,) = outcomes([comparison])

    assert goals_as_markdown([outcome]).splitlines()[-1].endswith(ending)


@pytest.mark.parametrize(
    ("rates", "found"),
    [
        (
            {
                compiled(product_name("fast")): 4500,
                product_name("fast"): 3000,
                GO: 5000,
                compiled(noop_name("fast")): 6000,
                noop_name("fast"): 4000,
            },
            [0.9, 0.75],
        ),
        (
            {
                compiled(product_name("grpcio")): 600,
                product_name("grpcio"): 500,
                noop_name("grpcio"): 800,
            },
            [0.75],
        ),
    ],
)
def test_the_goals_are_those_of_what_the_image_has(
    rates: dict[str, float], found: list[float]
) -> None:
    measured = Measured()
    for row, per_s in rates.items():
        measured.add(row, {through_envoy.THROUGHPUT: per_s})
    comparison = Comparison("x", through_envoy.METRICS, measured.as_rows(), GO)

    assert [outcome.found.median for outcome in outcomes([comparison])] == found
