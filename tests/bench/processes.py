"""What processes use, as Linux tells it in ``/proc`` (proc(5))."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_KIB_PER_MIB = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """What one process keeps in memory, in MiB."""

    resident: float
    """All its pages, shared ones in full."""
    proportional: float
    """Shared pages by the number of those who share them."""
    own: float
    """What would be free without it."""


def cpu_s(pids: Iterable[int]) -> float:
    """Seconds that processes have spent on a core so far, in hundredths."""
    return sum(map(_ticks, pids)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    # The name in parentheses may hold blanks; user and system time are fields 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def memory_of(pid: int) -> Memory:
    """What a process keeps in memory now."""
    kib: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        kib[name] = int(rest.split()[0])
    return Memory(
        resident=kib["Rss"] / _KIB_PER_MIB,
        proportional=kib["Pss"] / _KIB_PER_MIB,
        own=(kib["Private_Clean"] + kib["Private_Dirty"]) / _KIB_PER_MIB,
    )
