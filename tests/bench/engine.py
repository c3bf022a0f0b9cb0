"""The decision without transport, log or metrics: one process, one thread, CPU time."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_authz.authz.incoming import read_check_request
from cors_authz.config.compile import LoadedSet, compile_set
from cors_authz.policy.decide import decide
from cors_authz.server.service import CheckService, Metadata
from tests.bench.comparison import Comparison, Measured, Metric
from tests.bench.cores import Cores, pinned
from tests.bench.effort import Effort
from tests.bench.payloads import Payloads, record_payloads, vary
from tests.bench.policies import Shape, as_spec, host_of
from tests.bench.requests import RequestKind

SMALL, LARGE = 10, 100_000
"""Numbers of groups."""

CHECK = Metric("bytes to bytes, µs", digits=2)
CHECK_LARGE = Metric(f"with {LARGE:,} groups", digits=2)
CHECK_GROWTH = Metric("ratio", digits=2)
DECISION = Metric("decision alone, µs", digits=2)
DECISION_LARGE = Metric(f"decision, {LARGE:,} groups", digits=2)
DECISION_GROWTH = Metric("decision's ratio", digits=2)

_REQUESTS = 500
"""All different, spread over the groups."""
_REPEATS = 3
"""Of each round, as they are short."""
_NS_PER_US = 1000
_METADATA: Metadata = (
    ("x-request-id", "7d5a7f0c-0000-4000-8000-000000000000"),
    ("x-envoy-internal", "true"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-envoy-expected-rq-timeout-ms", "5000"),
)
"""As Envoy sends it."""

Work = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Works:
    """The same requests, on a small and on a large policy set."""

    kind: RequestKind
    small: Work
    large: Work
    metrics: tuple[Metric, Metric, Metric]
    """Of the small set, of the large one, and of how much the latter takes longer."""


def engine(directory: Path, cores: Cores, effort: Effort) -> Iterator[Comparison]:
    """Time each kind of request on both sets, in turn."""
    directory.mkdir()
    payloads, _ = record_payloads(directory / "recorder", cores)
    works = tuple(_prepare(payloads))
    measured = Measured()
    with pinned(cores.server):
        for work in works:
            work.small()
            work.large()
        for _ in range(effort.rounds * _REPEATS):
            for work in works:
                small, large = _time_us(work.small), _time_us(work.large)
                values = (small, large, large / small)
                measured.add(work.kind.value, dict(zip(work.metrics, values, strict=True)))
    yield Comparison(
        f"In the process, without transport and log: {SMALL} and {LARGE:,} groups",
        (CHECK, CHECK_LARGE, CHECK_GROWTH, DECISION, DECISION_LARGE, DECISION_GROWTH),
        measured.as_rows(),
        base=None,
    )


def _prepare(payloads: Payloads) -> Iterator[_Works]:
    sets = [compile_set(as_spec(Shape(groups=groups))) for groups in (SMALL, LARGE)]
    draw = random.Random(4711)
    hosts = [[host_of(draw.randrange(n)) for _ in range(_REQUESTS)] for n in (SMALL, LARGE)]
    for kind in RequestKind:
        varied = [vary(payloads[kind], some) for some in hosts]
        for make, metrics in (
            (_checking, (CHECK, CHECK_LARGE, CHECK_GROWTH)),
            (_deciding, (DECISION, DECISION_LARGE, DECISION_GROWTH)),
        ):
            small, large = map(make, sets, varied)
            yield _Works(kind, small, large, metrics)


def _checking(loaded: LoadedSet, payloads: Sequence[bytes]) -> Work:
    service = CheckService(loaded, ())

    def work() -> None:
        for payload in payloads:
            service.check(payload, _METADATA)

    return work


def _deciding(loaded: LoadedSet, payloads: Sequence[bytes]) -> Work:
    requests = [read_check_request(payload).request for payload in payloads]

    def work() -> None:
        for request in requests:
            decide(loaded.policy_set, request)

    return work


def _time_us(work: Work) -> float:
    began_ns = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - began_ns) / _REQUESTS / _NS_PER_US
