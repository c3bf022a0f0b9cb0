"""What all workers counted and reported, gathered in the supervisor for whoever shows it.

No HTTP here, and nothing of policy files; the server hands in what it knows.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import CollectorRegistry

from cors_authz.observability.counts import Counts, RecentDecisions
from cors_authz.observability.exposition import ServerCollector
from cors_authz.observability.server_facts import ServerFacts
from cors_authz.observability.totals import Memberships, Totals

METRICS_CONTENT_TYPE: str = CONTENT_TYPE_PLAIN_0_0_4
"""Of :meth:`Gathered.metrics_text`."""

MAX_RECENT_DECISIONS = 200


class Gathered:
    """Metrics and the latest denials of all workers together."""

    def __init__(self, facts: Callable[[], ServerFacts], dropped_lines: Callable[[], int]) -> None:
        """Both are called for each exposition; ``dropped_lines`` are the supervisor's own."""
        self._totals = Totals()
        self._recent: deque[Mapping[str, Any]] = deque(maxlen=MAX_RECENT_DECISIONS)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(ServerCollector(self._totals, facts, dropped_lines))

    def add(self, told: Counts | RecentDecisions) -> None:
        """Take in what a worker told."""
        if isinstance(told, Counts):
            self._totals.add(told)
        else:
            self._recent.extendleft(told.lines)

    def set_in_force(self, memberships: Memberships) -> None:
        """Have series for the groups of the set in force from now on."""
        self._totals.set_in_force(memberships)

    def metrics_text(self) -> bytes:
        """Everything in Prometheus' text format, of the type ``METRICS_CONTENT_TYPE``.

        Numbers of checks are about a second old: workers tell them with their heartbeats.
        """
        return generate_latest(self._registry)

    def recent_decisions(self) -> Sequence[Mapping[str, Any]]:
        """The latest denials, withholdings and shadow denials, newest first.

        Each has the fields of its line in the decision log. Of a deluge, only some of each
        second are here; the log and the metrics have them all.
        """
        return sorted(self._recent, key=itemgetter("timestamp"), reverse=True)
