"""What was measured: rows that are compared with one of them, a value per round and metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured of every row."""

    name: str
    """With its unit."""
    digits: int = 0
    """After the point, in tables."""
    compared: bool = True
    """Whether its ratio to the base is worth a column."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one server or one setting."""

    name: str
    values: Mapping[Metric, Sequence[float]]
    """One a round; metrics that do not apply are missing."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows measured in turn, round by round."""

    title: str
    metrics: tuple[Metric, ...]
    rows: tuple[Row, ...]
    base: str | None
    """The row that the others are compared with."""
    left_out: tuple[str, ...] = ()
    """Rows that this machine cannot have, and how it could."""


@dataclass(slots=True)
class Measured:
    """Values as they come, by row and metric."""

    rows: dict[str, dict[Metric, list[float]]] = field(default_factory=dict)

    def add(self, row: str, values: Mapping[Metric, float]) -> None:
        """Take what one round gave for one row."""
        known = self.rows.setdefault(row, {})
        for metric, value in values.items():
            known.setdefault(metric, []).append(value)

    def as_rows(self) -> tuple[Row, ...]:
        """All rows in the order in which they first came."""
        return tuple(Row(name, values) for name, values in self.rows.items())
