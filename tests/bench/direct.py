"""Loads servers without Envoy: one connection, as Envoy has it, with the bytes that it sends."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc

from tests.bench.comparison import Measured, Metric
from tests.bench.cores import Cores
from tests.bench.effort import Effort
from tests.bench.h2load import Answered, Asked, LoadError, run_h2load
from tests.bench.processes import cpu_s
from tests.bench.servers import Server

IN_FLIGHT = 64
THROUGHPUT = Metric("checks/s, 64 in flight")
LATENCY = Metric("mean ms, 1 in flight", digits=3)
SERVER_CPU = Metric("server's CPU s per 1,000", digits=3)
METRICS = (THROUGHPUT, LATENCY, SERVER_CPU)

_METHOD = "/envoy.service.auth.v3.Authorization/Check"
_WARM_UP_S = 0.5
_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Call:
    """One row: what is asked of a server."""

    row: str
    server: Server
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Target:
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
    targets = [_target(call, directory / f"frame-{n}") for n, call in enumerate(calls)]
    for target in targets:
        _load(target, IN_FLIGHT, _WARM_UP_S, cores)
    for _ in range(effort.rounds):
        for target in targets:
            measured.add(target.call.row, dict(_measure_once(target, cores, effort.run_s)))
    return measured


def ask_once(target: str, payload: bytes) -> bytes:
    """The answer to one check.

    Raises:
        grpc.RpcError: There was none.
    """
    with grpc.insecure_channel(target) as channel:
        answer: bytes = channel.unary_unary(_METHOD)(payload, timeout=_TIMEOUT_S)
        return answer


def _target(call: Call, frame: Path) -> _Target:
    (target, *_) = call.server.targets
    # gRPC over HTTP/2, Length-Prefixed-Message: not compressed, length, message
    frame.write_bytes(struct.pack(">BI", 0, len(call.payload)) + call.payload)
    answer_bytes = 5 + len(ask_once(target, call.payload))
    return _Target(call, f"http://{target}{_METHOD}", frame, answer_bytes)


def _measure_once(target: _Target, cores: Cores, run_s: float) -> Iterator[tuple[Metric, float]]:
    before_s = cpu_s(target.call.server.pids)
    many = _load(target, IN_FLIGHT, run_s, cores)
    yield THROUGHPUT, many.per_s
    yield SERVER_CPU, (cpu_s(target.call.server.pids) - before_s) * 1000 / many.requests
    yield LATENCY, _load(target, 1, run_s / 2, cores).mean_ms


def _load(target: _Target, in_flight: int, duration_s: float, cores: Cores) -> Answered:
    asked = Asked(
        target.url,
        clients=1,
        duration_s=duration_s,
        headers=(("content-type", "application/grpc"), ("te", "trailers")),
        method="POST",
        http1=False,
        in_flight=in_flight,
        body=target.frame,
    )
    answered = run_h2load(asked, cores.envoy)
    # The status of a gRPC call is in its trailers, which h2load does not show; failed ones
    # have no body. What was under way in the end may be counted in part.
    surplus = answered.body_bytes - answered.requests * target.answer_bytes
    if answered.failed or not 0 <= surplus <= in_flight * target.answer_bytes:
        raise LoadError(
            f"{target.call.row}: {answered}, but each answer has {target.answer_bytes} bytes"
        )
    return answered
