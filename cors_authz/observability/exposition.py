"""All metrics, as ``prometheus_client`` asks for them; ``docs/metrics.md`` lists them.

Numbers come from elsewhere; here they only get their names, labels and words.
"""

from collections.abc import Callable, Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from cors_authz.observability.counts import BUCKET_BOUNDS_MICROS
from cors_authz.observability.processes import process_metrics
from cors_authz.observability.server_facts import PolicyFacts, ServerFacts
from cors_authz.observability.totals import Totals

_BUCKETS = (*(f"{micros / 1_000_000:g}" for micros in BUCKET_BOUNDS_MICROS), "+Inf")
_NANOSECONDS_PER_SECOND = 1_000_000_000


class ServerCollector(Collector):
    """Collects what the supervisor and all its workers have to tell."""

    def __init__(
        self, totals: Totals, facts: Callable[[], ServerFacts], dropped_lines: Callable[[], int]
    ) -> None:
        """``dropped_lines`` are those of the supervisor's own log."""
        self._totals = totals
        self._facts = facts
        self._dropped_lines = dropped_lines

    def collect(self) -> Iterator[Metric]:
        """Yield every metric with all its series."""
        facts = self._facts()
        yield from _check_metrics(self._totals)
        if facts.policies is not None:
            yield from _config_metrics(facts.policies)
        yield GaugeMetricFamily(
            "cors_authz_watcher_heartbeat_timestamp_seconds",
            "When the policy files were last looked at.",
            value=facts.watcher_heartbeat_at_s,
        )
        yield CounterMetricFamily(
            "cors_authz_decision_log_dropped",
            "Log lines that were lost because whatever reads them is too slow, or gone.",
            value=self._totals.dropped_lines + self._dropped_lines(),
        )
        restarts = CounterMetricFamily(
            "cors_authz_worker_restarts",
            "Worker processes that ended unasked and were replaced.",
            labels=("worker",),
        )
        for worker in facts.workers:
            restarts.add_metric((str(worker.index),), worker.restarts)
        yield restarts
        yield from process_metrics(facts.workers)


def _check_metrics(totals: Totals) -> Iterator[Metric]:
    decisions = CounterMetricFamily(
        "cors_authz_decisions",
        "Decisions; group and policy are empty where there is none, or no single one.",
        labels=("group", "policy", "kind", "verdict", "reason"),
    )
    for (group, policy, *words), count in totals.decisions.items():
        decisions.add_metric((group or "", policy or "", *words), count)
    yield decisions
    shadow_denials = CounterMetricFamily(
        "cors_authz_shadow_denials",
        "Requests that were not denied and would be with every policy on enforce.",
        labels=("group", "policy", "reason"),
    )
    for (group, policy, reason), count in totals.shadow_denials.items():
        shadow_denials.add_metric((group or "", policy or "", reason), count)
    yield shadow_denials
    durations = HistogramMetricFamily(
        "cors_authz_check_duration_seconds",
        "A worker's time for a check, without what it waited for its turn.",
    )
    durations.add_metric(
        (),
        buckets=list(zip(_BUCKETS, accumulate(totals.durations), strict=True)),
        sum_value=totals.duration_sum_ns / _NANOSECONDS_PER_SECOND,
    )
    yield durations
    yield CounterMetricFamily(
        "cors_authz_internal_errors",
        "Checks that were answered 503 because of a fault of ours.",
        value=totals.internal_errors,
    )
    refused = CounterMetricFamily(
        "cors_authz_refused",
        "What was turned away because there was too much at once.",
        labels=("what",),
    )
    for what, count in totals.refused.items():
        refused.add_metric((what,), count)
    yield refused


def _config_metrics(policies: PolicyFacts) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "cors_authz_config_last_reload_successful",
        "Whether the policy files as they are now are in force.",
        value=float(policies.last_reload_succeeded),
    )
    yield GaugeMetricFamily(
        "cors_authz_config_last_reload_success_timestamp_seconds",
        "Since when the policy set has been in force.",
        value=policies.in_force_since_s,
    )
    reloads = CounterMetricFamily(
        "cors_authz_config_reloads",
        "Attempts to put a policy set in force, the start included.",
        labels=("result",),
    )
    reloads.add_metric(("success",), policies.reloads_succeeded)
    reloads.add_metric(("failure",), policies.reloads_failed)
    yield reloads
    yield InfoMetricFamily(
        "cors_authz_config", "The policy set in force.", value={"revision": policies.revision}
    )
