"""A comparison as a Markdown table, fit to be pasted into the documentation."""

from collections.abc import Iterator, Sequence

from tests.bench.comparison import Comparison, Metric, Row
from tests.bench.spread import Spread, ratios, spread

NOTHING = ""


def as_markdown(comparison: Comparison) -> str:
    """The title, the table, and what was left out."""
    lines = [f"### {comparison.title}", "", *_table(comparison)]
    lines += [f"\nLeft out: {reason}" for reason in comparison.left_out]
    return "\n".join(lines) + "\n"


def _table(comparison: Comparison) -> Iterator[str]:
    base = next((row for row in comparison.rows if row.name == comparison.base), None)
    heads = [""]
    for metric in comparison.metrics:
        heads.append(metric.name)
        if base is not None and metric.compared:
            heads.append(f"by {base.name}")
    yield _line(heads)
    yield _line(["---"] + ["---:"] * (len(heads) - 1))
    for row in comparison.rows:
        cells = [row.name]
        for metric in comparison.metrics:
            cells.append(_figure(row, metric))
            if base is not None and metric.compared:
                cells.append(_ratio(row, base, metric))
        yield _line(cells)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figure(row: Row, metric: Metric) -> str:
    values = row.values.get(metric)
    return _text(spread(values), metric.digits) if values else NOTHING


def _ratio(row: Row, base: Row, metric: Metric) -> str:
    values, others = row.values.get(metric), base.values.get(metric)
    if row is base or not values or not others or not all(others):
        return NOTHING
    return _text(spread(ratios(values, others)), digits=2)


def _text(found: Spread, digits: int) -> str:
    median = f"{found.median:,.{digits}f}"
    low, high = f"{found.low:,.{digits}f}", f"{found.high:,.{digits}f}"
    return median if low == high else f"{median} ({low} to {high})"


def as_json(comparison: Comparison) -> dict[str, object]:
    """All values of all rounds as plain data."""
    rows = [
        {
            "name": row.name,
            "values": {metric.name: list(values) for metric, values in row.values.items()},
        }
        for row in comparison.rows
    ]
    return {
        "title": comparison.title,
        "base": comparison.base,
        "left_out": list(comparison.left_out),
        "rows": rows,
    }
