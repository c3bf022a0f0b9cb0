"""Holds the product to its word: what it answered it must have decided, counted and logged."""

import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.bench.h2load import LoadError
from tests.bench.servers import Server

_DECISIONS = "cors_authz_decisions_total"
_LOST_LINES = "cors_authz_decision_log_dropped_total"
_TIMEOUT_S = 5.0
_SETTLE_S = 2.0
"""Workers tell the supervisor what they counted now and then."""


@dataclass(frozen=True, slots=True)
class Counted:
    """By the product itself, since its start."""

    decisions: float
    lost_lines: float


class Ledger:
    """What was asked of several servers, and what those say that count."""

    def __init__(self, servers: Iterable[Server]) -> None:
        self._admins = {s.name: s.admin for s in servers if s.admin is not None}
        self._before = self._counted()
        self._answered: Counter[str] = Counter()

    def note(self, server: Server, answered: int) -> None:
        """Take down how many answers a server gave."""
        self._answered[server.name] += answered

    def lost_shares(self) -> Mapping[str, float]:
        """By name of the server, the share of decisions whose log lines were lost.

        Raises:
            LoadError: A server has decided less than it answered.
        """
        after = self._counted()
        return {name: self._lost_share(name, counted) for name, counted in after.items()}

    def _lost_share(self, name: str, after: Counted) -> float:
        before = self._before[name]
        decisions = after.decisions - before.decisions
        if decisions < self._answered[name]:
            raise LoadError(
                f"{name} gave {self._answered[name]} answers and counted {decisions} decisions"
            )
        return (after.lost_lines - before.lost_lines) / decisions

    def _counted(self) -> Mapping[str, Counted]:
        time.sleep(_SETTLE_S)
        return {name: _read(admin) for name, admin in self._admins.items()}


def _read(admin: str) -> Counted:
    with urllib.request.urlopen(f"http://{admin}/metrics", timeout=_TIMEOUT_S) as response:
        text: str = response.read().decode()
    return Counted(_sum(text, _DECISIONS), _sum(text, _LOST_LINES))


def _sum(text: str, name: str) -> float:
    """Of all series of one metric in Prometheus' text format."""
    lines = (line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
    return sum(float(line.rpartition(" ")[2]) for line in lines)
