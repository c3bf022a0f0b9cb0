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

CHECK = Metric("bytes to bytes, µs", digits=2)
DECISION = Metric("decision alone, µs", digits=2)
GROUPS = (10, 100_000)

_REQUESTS = 500
"""All different, spread over the groups."""
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
class _Timed:
    row: str
    metric: Metric
    work: Work
    """Does it for all requests."""


def engine(directory: Path, cores: Cores, effort: Effort) -> Iterator[Comparison]:
    """Time each kind of request on a small and on a large policy set, in turn."""
    directory.mkdir()
    payloads, _ = record_payloads(directory / "recorder", cores)
    timed = [t for groups in GROUPS for t in _prepare(groups, payloads)]
    measured = Measured()
    with pinned(cores.server):
        for one in timed:
            one.work()
        for _ in range(effort.rounds):
            for one in timed:
                measured.add(one.row, {one.metric: _time_us(one.work)})
    yield Comparison(
        "In the process: a decision, by kind of request and number of groups",
        (CHECK, DECISION),
        measured.as_rows(),
        base=None,
    )


def row_name(kind: RequestKind, groups: int) -> str:
    """Of the row for one kind of request and one size."""
    return f"{kind.value}, {groups:,} groups"


def _prepare(groups: int, payloads: Payloads) -> Iterator[_Timed]:
    loaded = compile_set(as_spec(Shape(groups=groups)))
    draw = random.Random(4711)
    hosts = [host_of(draw.randrange(groups)) for _ in range(_REQUESTS)]
    for kind in RequestKind:
        varied = vary(payloads[kind], hosts)
        row = row_name(kind, groups)
        yield _Timed(row, CHECK, _checking(loaded, varied))
        yield _Timed(row, DECISION, _deciding(loaded, varied))


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
