"""Found by a Python that starts, where this folder is on its path: a time of day that can leap.

Stands in for an administrator who sets the machine's clock, which a test may not do.
"""

import os
import time
from pathlib import Path

LEAP = "CLOCK_LEAP_FILE"
"""The variable that names a file with the seconds to leap; nothing leaps without it."""


def _leap(place: Path) -> None:
    true_ns = time.time_ns

    def time_ns() -> int:
        return true_ns() + int(place.read_text()) * 1_000_000_000

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9


if LEAP in os.environ:
    _leap(Path(os.environ[LEAP]))
