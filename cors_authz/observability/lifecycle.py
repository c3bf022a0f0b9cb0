"""Life-cycle lines: starts, reloads, findings, drains. Decisions are another matter."""

import time
from enum import StrEnum
from typing import Any

from cors_authz.observability.renderer import line_members
from cors_authz.observability.writer import Line, LineWriter


class Level(StrEnum):
    """The weight of a line, the least first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Lifecycle:
    """Writes one structured line per event."""

    def __init__(self, writer: LineWriter, least: Level) -> None:
        """Lines that weigh less than ``least`` are left out."""
        self._writer = writer
        self._written = frozenset(list(Level)[list(Level).index(least) :])

    def info(self, event: str, **fields: Any) -> None:  # noqa: ANN401 - whatever JSON has
        """Something happened as it should."""
        self._write(Level.INFO, event, fields)

    def warn(self, event: str, **fields: Any) -> None:  # noqa: ANN401 - likewise
        """Something happened that somebody should look at."""
        self._write(Level.WARNING, event, fields)

    def error(self, event: str, **fields: Any) -> None:  # noqa: ANN401 - likewise
        """Something failed."""
        self._write(Level.ERROR, event, fields)

    def _write(self, level: Level, event: str, fields: dict[str, Any]) -> None:
        if level not in self._written:
            return
        at_ns = time.time_ns()
        self._writer.submit(Line(lambda: line_members(level, event, at_ns, fields)))
