"""Life-cycle lines: starts, reloads, findings, drains. Decisions are another matter."""

import time
from typing import Any

from cors_authz.observability.renderer import line_members
from cors_authz.observability.writer import Line, LineWriter


class Lifecycle:
    """Writes one structured line per event."""

    def __init__(self, writer: LineWriter) -> None:
        self._writer = writer

    def info(self, event: str, **fields: Any) -> None:  # noqa: ANN401 - whatever JSON has
        """Something happened as it should."""
        self._write("info", event, fields)

    def warn(self, event: str, **fields: Any) -> None:  # noqa: ANN401 - likewise
        """Something happened that somebody should look at."""
        self._write("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:  # noqa: ANN401 - likewise
        """Something failed."""
        self._write("error", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, Any]) -> None:
        at_ns = time.time_ns()
        self._writer.submit(Line(lambda: line_members(level, event, at_ns, fields)))
