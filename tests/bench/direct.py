"""Loads servers without Envoy: one connection, as Envoy has it, with the bytes that it sends."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc

from tests.bench.comparison import Measured, Metric
from tests.bench.cores import Cores
from tests.bench.effort import Effort
from tests.bench.h2load import Answered, Asked, LoadError, run_h2load
from tests.bench.ledger import Ledger
from tests.bench.processes import cpu_s
from tests.bench.servers import Server

IN_FLIGHT = 64
THROUGHPUT = Metric("checks/s, 64 in flight")
LATENCY = Metric("mean ms, 1 in flight", digits=3)
SERVER_CPU = Metric("server's CPU s per 1,000", digits=3)
LOST_LINES = Metric("log lines lost, %", digits=1, compared=False)
METRICS = (THROUGHPUT, LATENCY, SERVER_CPU, LOST_LINES)

_METHOD = "/envoy.service.auth.v3.Authorization/Check"
_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Call:
    """One row: what is asked of a server."""

    row: str
    server: Server
    payload: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """A call that is ready to be made."""

    call: Call
    url: str
    frame: Path
    answer_bytes: int
    """With its prefix."""


def measure(calls: Sequence[Call], directory: Path, cores: Cores, effort: Effort) -> Measured:
    """Load each server from Envoy's core, in turn, as often as there are rounds.

    Raises:
        LoadError: An answer was not what the server answers when it is asked once.
    """
    directory.mkdir()
    measured = Measured()
    targets = [prepare(call, directory / f"frame-{n}") for n, call in enumerate(calls)]
    for target in targets:
        load(target, cores.envoy, effort.warm_up_s, IN_FLIGHT)
    ledger = Ledger({call.server.name: call.server for call in calls}.values())
    for _ in range(effort.rounds):
        for target in targets:
            values = dict(_measure_once(target, cores, effort.run_s, ledger))
            measured.add(target.call.row, values)
    lost = ledger.lost_shares()
    for call in calls:
        if call.server.name in lost:
            measured.add(call.row, {LOST_LINES: 100 * lost[call.server.name]})
    return measured


def ask(target: str, payloads: Iterable[bytes]) -> tuple[bytes, ...]:
    """The answers to checks, one after the other.

    Raises:
        grpc.RpcError: There was none.
    """
    with grpc.insecure_channel(target) as channel:
        call = channel.unary_unary(_METHOD)
        return tuple(call(payload, timeout=_TIMEOUT_S) for payload in payloads)


def prepare(call: Call, frame: Path) -> Target:
    """Write what is to be posted to a file, and look how long the answer to it is."""
    (target, *_) = call.server.targets
    # gRPC over HTTP/2, Length-Prefixed-Message: not compressed, length, message
    frame.write_bytes(struct.pack(">BI", 0, len(call.payload)) + call.payload)
    (answer,) = ask(target, [call.payload])
    return Target(call, f"http://{target}{_METHOD}", frame, 5 + len(answer))


def _measure_once(
    target: Target, cores: Cores, run_s: float, ledger: Ledger
) -> Iterator[tuple[Metric, float]]:
    before_s = cpu_s(target.call.server.pids)
    many = load(target, cores.envoy, run_s, IN_FLIGHT)
    yield THROUGHPUT, many.per_s
    yield SERVER_CPU, (cpu_s(target.call.server.pids) - before_s) * 1000 / many.requests
    one = load(target, cores.envoy, run_s / 2, in_flight=1)
    yield LATENCY, one.mean_ms
    ledger.note(target.call.server, many.requests + one.requests)


def load(target: Target, core: int, duration_s: float, in_flight: int) -> Answered:
    """Load a server from one core, with so many calls at any time.

    Raises:
        LoadError: An answer was not what it should be.
    """
    answered = send(target, core, duration_s, in_flight)
    # What was under way in the end may be counted in part.
    surplus = answered.body_bytes - answered.requests * target.answer_bytes
    if answered.failed or not 0 <= surplus <= in_flight * target.answer_bytes:
        raise LoadError(
            f"{target.call.row}: {answered}, but each answer has {target.answer_bytes} bytes"
        )
    return answered


def refused(target: Target, answered: Answered) -> int:
    """How many calls were answered with an error.

    The status of a gRPC call is in its trailers, which h2load does not show; failed ones have
    no body.
    """
    return max(0, answered.requests - answered.body_bytes // target.answer_bytes)


def send(
    target: Target,
    core: int,
    duration_s: float,
    in_flight: int,
    *,
    per_s: int | None = None,
    log: Path | None = None,
) -> Answered:
    """Likewise, whatever is answered; ``per_s`` and ``log`` are h2load's.

    Raises:
        LoadError: Nothing was answered.
    """
    asked = Asked(
        (target.url,),
        clients=1,
        duration_s=duration_s,
        headers=(("content-type", "application/grpc"), ("te", "trailers")),
        method="POST",
        http1=False,
        in_flight=in_flight,
        body=target.frame,
        per_s=per_s,
        log=log,
    )
    try:
        return run_h2load(asked, core)
    except LoadError as error:
        raise LoadError(f"{target.call.row}: {error}") from error
