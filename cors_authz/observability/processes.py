"""What the kernel says of our processes.

The supervisor has the names that Prometheus knows, the workers have names of ours: those of
Prometheus have no label that tells several processes apart.
"""

from collections.abc import Iterable, Iterator

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric

from cors_authz.observability.worker_status import WorkerStatus

_WORKER_NAMESPACE = "cors_authz_worker"


def process_metrics(workers: Iterable[WorkerStatus]) -> Iterator[Metric]:
    """Yield the process metrics of ourselves and of each worker that runs."""
    yield from ProcessCollector(registry=None).collect()
    merged: dict[str, Metric] = {}
    for worker in workers:
        if worker.pid is None:
            continue
        for metric in _of_process(worker.pid):
            family = merged.setdefault(
                metric.name,
                Metric(metric.name, f"Of a worker. {metric.documentation}", metric.type),
            )
            for sample in metric.samples:
                family.add_sample(sample.name, {"worker": str(worker.index)}, sample.value)
    yield from merged.values()


def _of_process(pid: int) -> Iterable[Metric]:
    """A process that ends meanwhile has nothing to tell."""
    return ProcessCollector(_WORKER_NAMESPACE, pid=lambda: pid, registry=None).collect()
