"""A log file of one JSON object per line, read while another process writes it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Entry = dict[str, Any]

_POLL_INTERVAL_S = 0.01


@dataclass(frozen=True, slots=True)
class JsonLines:
    """The objects in a log file; those that ``concerns`` leaves out do not exist."""

    path: Path
    concerns: Callable[[Entry], bool] = bool

    def mark(self) -> int:
        """The position after everything that stands there now."""
        return self.path.stat().st_size if self.path.exists() else 0

    def since(self, mark: int) -> tuple[Entry, ...]:
        """All whole lines that begin at a position or after it."""
        return self._read(mark)[0]

    def _read(self, mark: int) -> tuple[tuple[Entry, ...], int]:
        """All whole lines that begin at a position or after it, and the position after them."""
        if not self.path.exists():
            return (), mark
        with self.path.open("rb") as file:
            if mark:
                # A writer may be seen in the midst of a line, and the mark was set there then.
                file.seek(mark - 1)
                if not file.readline().endswith(b"\n"):
                    return (), mark
            start = file.tell()
            whole, newline, _ = file.read().rpartition(b"\n")
        entries = (json.loads(line) for line in whole.splitlines() if line)
        concerned = tuple(entry for entry in entries if self.concerns(entry))
        return concerned, start + len(whole) + len(newline)

    def wait_since(
        self, mark: int, *, wanted: Callable[[Entry], bool] = bool, timeout_s: float = 5.0
    ) -> tuple[Entry, ...]:
        """The wanted lines after a position as soon as there is one; none after ``timeout_s``."""
        deadline = time.monotonic() + timeout_s
        while True:
            entries = tuple(entry for entry in self.since(mark) if wanted(entry))
            if entries or time.monotonic() >= deadline:
                return entries
            time.sleep(_POLL_INTERVAL_S)

    def wait_for(
        self, event: str, *, mark: int = 0, count: int = 1, timeout_s: float = 20.0
    ) -> Entry:
        """The ``count``-th line of an event after a position.

        Raises:
            AssertionError: It does not come in time.
        """
        deadline = time.monotonic() + timeout_s
        found: list[Entry] = []
        position = mark
        while time.monotonic() < deadline:
            entries, position = self._read(position)
            found += [entry for entry in entries if entry["event"] == event]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(_POLL_INTERVAL_S)
        raise AssertionError(f"{event} did not come: {self.since(mark)}")
