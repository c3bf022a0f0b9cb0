"""When something happened, as lines tell it."""

import time
from functools import lru_cache
from typing import Final

_NANOSECONDS_PER_SECOND: Final = 1_000_000_000
_NANOSECONDS_PER_MICROSECOND: Final = 1_000


def timestamp(at_ns: int) -> str:
    """RFC 3339 in UTC with microseconds, from nanoseconds since the epoch."""
    micros = at_ns % _NANOSECONDS_PER_SECOND // _NANOSECONDS_PER_MICROSECOND
    return f"{_moment(at_ns // _NANOSECONDS_PER_SECOND)}.{str(micros).zfill(6)}Z"


@lru_cache(maxsize=4)  # thousands of lines may be of one second
def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
