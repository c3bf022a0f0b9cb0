"""The decision without transport, log or metrics: one process, one thread, CPU time.

All requests differ in path and ids. Asked about few hosts, the product answers most from memory;
asked about more hosts in turn than it remembers, none.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_authz.authz.incoming import read_check_request
from cors_authz.authz.memory import MAX_REMEMBERED
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

CHECK = Metric(f"µs, {SMALL} groups", digits=2)
CHECK_LARGE = Metric(f"µs, {LARGE:,} groups", digits=2)
CHECK_GROWTH = Metric("ratio", digits=2)
CHECK_SPREAD = Metric(f"µs, {LARGE:,} groups, all hosts asked", digits=2)
DECISION = Metric(f"decision, µs, {SMALL} groups", digits=2)
DECISION_LARGE = Metric(f"decision, µs, {LARGE:,} groups", digits=2)
DECISION_GROWTH = Metric("decision's ratio", digits=2)
DECISION_SPREAD = Metric("decision, µs, all hosts asked", digits=2)

_REQUESTS = 2 * MAX_REMEMBERED
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
_Metrics = tuple[Metric, Metric, Metric, Metric]


@dataclass(frozen=True, slots=True)
class _Works:
    """Requests of one kind, asked of both sets."""

    kind: RequestKind
    small: Work
    large: Work
    """The same requests as of the small set."""
    spread: Work
    """Requests for the hosts of all groups of the large set."""
    metrics: _Metrics
    """Of each of them, the large set's ratio to the small one's in the third place."""


def engine(directory: Path, cores: Cores, effort: Effort) -> Iterator[Comparison]:
    """Time each kind of request on both sets, in turn."""
    directory.mkdir()
    payloads, _ = record_payloads(directory / "recorder", cores)
    works = tuple(_prepare(payloads))
    checked, decided = Measured(), Measured()
    with pinned(cores.server):
        for _ in range(effort.rounds * _REPEATS):
            for work in works:
                small, large = _time_us(work.small), _time_us(work.large)
                values = (small, large, large / small, _time_us(work.spread))
                measured = checked if CHECK in work.metrics else decided
                measured.add(work.kind.value, dict(zip(work.metrics, values, strict=True)))
    yield Comparison(
        "In the process, without transport and log: from bytes to bytes",
        (CHECK, CHECK_LARGE, CHECK_GROWTH, CHECK_SPREAD),
        checked.as_rows(),
        base=None,
    )
    yield Comparison(
        "In the process: the decision alone, nothing remembered",
        (DECISION, DECISION_LARGE, DECISION_GROWTH, DECISION_SPREAD),
        decided.as_rows(),
        base=None,
    )


def _prepare(payloads: Payloads) -> Iterator[_Works]:
    small, large = (compile_set(as_spec(Shape(groups=groups))) for groups in (SMALL, LARGE))
    draw = random.Random(4711)
    few = [host_of(number % SMALL) for number in range(_REQUESTS)]
    many = [host_of(number) for number in draw.sample(range(LARGE), _REQUESTS)]
    kinds: Sequence[tuple[Callable[[LoadedSet, Sequence[bytes]], Work], _Metrics]] = (
        (_checking, (CHECK, CHECK_LARGE, CHECK_GROWTH, CHECK_SPREAD)),
        (_deciding, (DECISION, DECISION_LARGE, DECISION_GROWTH, DECISION_SPREAD)),
    )
    for kind in RequestKind:
        same, spread = vary(payloads[kind], few), vary(payloads[kind], many)
        for make, metrics in kinds:
            works = make(small, same), make(large, same), make(large, spread)
            yield _Works(kind, *works, metrics)


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
