"""What all workers counted and reported, gathered in the supervisor for whoever shows it.

No HTTP here, and nothing of policy files; the server hands in what it knows.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from cors_authz.observability.server_facts import ServerFacts

METRICS_CONTENT_TYPE: str = CONTENT_TYPE_PLAIN_0_0_4
"""Of :meth:`Gathered.metrics_text`."""

MAX_RECENT_DECISIONS = 200


class Gathered:
    """Metrics and the latest denials of all workers together."""

    def __init__(self, facts: Callable[[], ServerFacts]) -> None:
        """``facts`` is called for each exposition."""
        self._recent: deque[Mapping[str, Any]] = deque(maxlen=MAX_RECENT_DECISIONS)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_FactsCollector(facts))

    def metrics_text(self) -> bytes:
        """Everything in Prometheus' text format, of the type ``METRICS_CONTENT_TYPE``."""
        return generate_latest(self._registry)

    def recent_decisions(self) -> Sequence[Mapping[str, Any]]:
        """The latest denials, withholdings and shadow denials, newest first.

        Each has the fields of its line in the decision log.
        """
        return tuple(self._recent)


class _FactsCollector(Collector):
    def __init__(self, facts: Callable[[], ServerFacts]) -> None:
        self._facts = facts

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "cors_authz_watcher_heartbeat_timestamp_seconds",
            "When the policy files were last looked at.",
            value=self._facts().watcher_heartbeat_at_s,
        )
