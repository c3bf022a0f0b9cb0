"""Loads one way through Envoy after another, round by round, and checks every answer's status."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.comparison import Measured, Metric
from tests.bench.cores import Cores
from tests.bench.edges import Edge, run_edges
from tests.bench.effort import Effort
from tests.bench.h2load import Answered, Asked, LoadError, run_h2load
from tests.bench.processes import cpu_s
from tests.bench.requests import Asking, RequestKind
from tests.support.http1 import send_http1

MANY_CLIENTS = 16
THROUGHPUT = Metric("requests/s, 16 clients")
LATENCY = Metric("mean ms, 1 client", digits=3)
SERVER_CPU = Metric("server's CPU s per 1,000", digits=3)
METRICS = (THROUGHPUT, LATENCY, SERVER_CPU)

_WARM_UP_S = 0.5


@dataclass(frozen=True, slots=True)
class Way:
    """One row: a kind of request on an edge."""

    edge: Edge
    kind: RequestKind = RequestKind.ACTUAL
    name: str = ""
    """Where it is not that of the edge."""
    is_product: bool = True
    """Whether the answers must be the product's; servers that do nothing let all pass."""

    @property
    def row(self) -> str:
        """The name of its row."""
        return self.name or self.edge.name


def measure(ways: Sequence[Way], directory: Path, cores: Cores, effort: Effort) -> Measured:
    """Load each way with many clients and with one, in turn, as often as there are rounds.

    Raises:
        LoadError: An answer was not what it should be.
    """
    edges = {way.edge.name: way.edge for way in ways}
    measured = Measured()
    with run_edges(tuple(edges.values()), directory, cores.envoy) as ports:
        for way in ways:
            _probe(way, ports[way.edge.name])
            _load(way, ports[way.edge.name], MANY_CLIENTS, _WARM_UP_S, cores)
        for _ in range(effort.rounds):
            for way in ways:
                values = dict(_measure_once(way, ports[way.edge.name], cores, effort.run_s))
                measured.add(way.row, values)
    return measured


def _measure_once(
    way: Way, port: int, cores: Cores, run_s: float
) -> Iterator[tuple[Metric, float]]:
    server = way.edge.server
    before_s = cpu_s(server.pids) if server else 0.0
    many = _load(way, port, MANY_CLIENTS, run_s, cores)
    yield THROUGHPUT, many.per_s
    if server:
        yield SERVER_CPU, (cpu_s(server.pids) - before_s) * 1000 / many.requests
    yield LATENCY, _load(way, port, 1, run_s / 2, cores).mean_ms


def _asking(way: Way) -> Asking:
    asking = way.kind.asking
    return asking if way.is_product else Asking(asking.request, 200, is_granted=False)


def _probe(way: Way, port: int) -> None:
    """Look at one answer closely: under load, only statuses are counted."""
    asking = _asking(way)
    response = send_http1(port, asking.request)
    origins = response.values("access-control-allow-origin")
    if response.status != asking.status or bool(origins) != asking.is_granted:
        raise LoadError(f"{way.row} answers {response}")


def _load(way: Way, port: int, clients: int, duration_s: float, cores: Cores) -> Answered:
    asking = _asking(way)
    request = asking.request
    url = f"http://127.0.0.1:{port}{request.path}"
    headers = ((":authority", request.host), *request.headers)
    asked = Asked(url, clients, duration_s, headers, request.method)
    answered = run_h2load(asked, cores.server)
    expect_statuses(way.row, answered, asking.status)
    return answered


def expect_statuses(name: str, answered: Answered, status: int) -> None:
    """Fail where something else was answered: a fast wrong answer is worth nothing.

    Raises:
        LoadError: It was, or not at all.
    """
    wanted: Mapping[str, int] = {f"{status // 100}xx": answered.requests}
    got = {name: count for name, count in answered.statuses.items() if count}
    if got != wanted or answered.failed:
        raise LoadError(f"{name}: of {answered.requests}, {got}, {answered.failed} failed")
