"""Loads one way through Envoy after another, round by round, and checks every answer's status."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.comparison import Measured, Metric
from tests.bench.cores import Cores
from tests.bench.edges import Edge, run_edges
from tests.bench.effort import Effort
from tests.bench.h2load import Answered, Asked, LoadError, run_h2load
from tests.bench.ledger import Ledger
from tests.bench.processes import cpu_s
from tests.bench.requests import PATHS, Asking, RequestKind
from tests.bench.servers import Server
from tests.support.envoy import Envoy
from tests.support.http1 import send_http1

MANY_CLIENTS = 16
THROUGHPUT = Metric("requests/s, 16 clients")
LATENCY = Metric("mean ms, 1 client", digits=3)
SERVER_CPU = Metric("server's CPU s per 1,000", digits=3)
ENVOY_CPU = Metric("Envoy's CPU s per 1,000", digits=3, compared=False)
LOST_LINES = Metric("log lines lost, %", digits=1, compared=False)
METRICS = (THROUGHPUT, LATENCY, SERVER_CPU, ENVOY_CPU, LOST_LINES)


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

    @property
    def server(self) -> Server | None:
        """The server that is asked about these requests."""
        is_skipped = self.edge.skips and self.kind is RequestKind.NO_ORIGIN
        return None if is_skipped else self.edge.server


def measure(ways: Sequence[Way], directory: Path, cores: Cores, effort: Effort) -> Measured:
    """Load each way with many clients and with one, in turn, as often as there are rounds.

    Raises:
        LoadError: An answer was not what it should be.
    """
    edges = {way.edge.name: way.edge for way in ways}
    measured = Measured()
    with run_edges(tuple(edges.values()), directory, cores.envoy) as envoy:
        for way in ways:
            _probe(way, envoy.ports[way.edge.name])
            _load(way, envoy.ports[way.edge.name], MANY_CLIENTS, effort.warm_up_s, cores)
        ledger = Ledger(edge.server for edge in edges.values() if edge.server is not None)
        for _ in range(effort.rounds):
            for way in ways:
                values = dict(_measure_once(way, envoy, cores, effort.run_s, ledger))
                measured.add(way.row, values)
        lost = ledger.lost_shares()
    for way in ways:
        if way.server is not None and way.server.name in lost:
            measured.add(way.row, {LOST_LINES: 100 * lost[way.server.name]})
    return measured


def _measure_once(
    way: Way, envoy: Envoy, cores: Cores, run_s: float, ledger: Ledger
) -> Iterator[tuple[Metric, float]]:
    port, pids = envoy.ports[way.edge.name], () if way.server is None else way.server.pids
    envoy_before_s, server_before_s = cpu_s([envoy.pid]), cpu_s(pids)
    many = _load(way, port, MANY_CLIENTS, run_s, cores)
    envoy_after_s, server_after_s = cpu_s([envoy.pid]), cpu_s(pids)
    one = _load(way, port, 1, run_s / 2, cores)
    yield THROUGHPUT, many.per_s
    yield LATENCY, one.mean_ms
    yield ENVOY_CPU, (envoy_after_s - envoy_before_s) * 1000 / many.requests
    if way.server is not None:
        yield SERVER_CPU, (server_after_s - server_before_s) * 1000 / many.requests
        ledger.note(way.server, many.requests + one.requests)


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
    urls = tuple(f"http://127.0.0.1:{port}{path}" for path in PATHS)
    headers = ((":authority", request.host), *request.headers)
    asked = Asked(urls, clients, duration_s, headers, request.method)
    try:
        answered = run_h2load(asked, cores.server)
    except LoadError as error:
        raise LoadError(f"{way.row}, {clients} clients: {error}") from error
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
