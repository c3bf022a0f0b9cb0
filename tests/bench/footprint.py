"""What a running product holds in memory, and how long it takes until it answers."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cors_authz.server.options import FAST, GRPCIO
from tests.bench.comparison import Comparison, Measured, Metric
from tests.bench.cores import Cores, pinned
from tests.bench.direct import ask
from tests.bench.effort import Effort
from tests.bench.policies import Shape, write_set
from tests.bench.processes import memory_of
from tests.bench.servers import run_product
from tests.support.checks import preflight
from tests.support.child import NotReadyError, running
from tests.support.policy_sets import host_of, many_policies, origin_of
from tests.support.serving import serve_command, serve_environment

RESIDENT = Metric("resident, MiB", digits=1)
PROPORTIONAL = Metric("proportional, MiB", digits=1)
OWN = Metric("own, MiB", digits=1)
START_ONE_CORE = Metric("s, on one core", digits=2)
START_TWO_CORES = Metric("s, on two cores", digits=2)

WORKER_ROW = "fast, 1 worker: each worker"
START_ROW = "10 groups, fast"

_POLICIES = 1000
_CHECKS = 2000
"""Before memory is looked at."""
_POLL_S = 0.002
_START_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    config: Path
    transport: str


def footprint(directory: Path, cores: Cores, effort: Effort) -> Iterator[Comparison]:
    """Look at the memory of supervisor and workers, and start anew again and again."""
    directory.mkdir()
    many = directory / "many"
    many.mkdir()
    for name, text in many_policies(_POLICIES).items():
        (many / name).write_text(text)
    few = write_set(Shape(), directory / "few")
    yield _memory(many, directory, cores)
    cases = (
        _Case("10 groups, fast", few, FAST),
        _Case("10 groups, grpcio", few, GRPCIO),
        _Case("1,000 policies, fast", many, FAST),
    )
    yield _starts(cases, directory, cores, effort.rounds)


def _memory(config: Path, directory: Path, cores: Cores) -> Comparison:
    measured = Measured()
    for transport in (FAST, GRPCIO):
        for workers in (1, 2):
            name = f"{transport}, {workers} worker{'s' * (workers > 1)}"
            options = ("--transport", transport, "--workers", str(workers))
            folder = directory / name.replace(" ", "-")
            with run_product(name, config, folder, cores.server, *options) as server:
                for target in server.targets:
                    _ask_many(target)
                supervisor, *working = server.pids
                _note_memory(measured, f"{name}: supervisor", [supervisor])
                _note_memory(measured, f"{name}: each worker", working)
    return Comparison(
        f"Memory with {_POLICIES:,} policies in as many groups, after {_CHECKS:,} checks",
        (RESIDENT, PROPORTIONAL, OWN),
        measured.as_rows(),
        base=None,
    )


def _note_memory(measured: Measured, row: str, pids: Sequence[int]) -> None:
    for pid in pids:
        memory = memory_of(pid)
        measured.add(
            row, {RESIDENT: memory.resident, PROPORTIONAL: memory.proportional, OWN: memory.own}
        )


def _ask_many(target: str) -> None:
    indices = (number % _POLICIES for number in range(_CHECKS))
    ask(target, (preflight(host_of(i), origin_of(i)).SerializeToString() for i in indices))


def _starts(cases: Sequence[_Case], directory: Path, cores: Cores, rounds: int) -> Comparison:
    measured = Measured()
    for case in cases:  # the first start of all compiles modules
        _start_s(case, directory, (cores.envoy, cores.server))
    for _ in range(rounds):
        for case in cases:
            one = _start_s(case, directory, (cores.server,))
            two = _start_s(case, directory, (cores.envoy, cores.server))
            measured.add(case.name, {START_ONE_CORE: one, START_TWO_CORES: two})
    return Comparison(
        "From the command to the first answer",
        (START_ONE_CORE, START_TWO_CORES),
        measured.as_rows(),
        base=None,
    )


def _start_s(case: _Case, directory: Path, on_cores: Sequence[int]) -> float:
    port = _free_port()
    options = ("--config", case.config, "--listen", f"127.0.0.1:{port}")
    command = serve_command(*options, "--transport", case.transport)
    stdout, stderr = directory / "start.out", directory / "start.err"
    request = preflight("api-7.example.com", "https://shop-7.example.com").SerializeToString()
    with ExitStack() as stack:
        began_s = time.perf_counter()
        with pinned(*on_cores):
            starting = running(
                command, stdout=stdout, stderr=stderr, environment=serve_environment()
            )
            stack.enter_context(starting)
        _wait_for(lambda: _listens(port))
        ask(f"127.0.0.1:{port}", [request])
        return time.perf_counter() - began_s


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while not is_so():
        if time.monotonic() > deadline_s:
            raise NotReadyError(f"it does not listen after {_START_TIMEOUT_S} s")
        time.sleep(_POLL_S)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port
