"""The comparison that counts: the whole product beside servers that do nothing."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from cors_authz.server.options import FAST, GRPCIO
from tests.bench import direct, through_envoy
from tests.bench.built import NotBuiltError, build_compiled, build_cpp, build_go
from tests.bench.comparison import Comparison, Measured, Metric
from tests.bench.cores import Cores
from tests.bench.direct import Call, ask
from tests.bench.edges import Edge
from tests.bench.effort import Effort
from tests.bench.payloads import record_payloads
from tests.bench.policies import Shape, write_set
from tests.bench.requests import RequestKind
from tests.bench.servers import (
    ALLOWING,
    Server,
    python_noop,
    python_parse_only,
    run_compiled,
    run_compiled_noop,
    run_noop,
    run_product,
)
from tests.bench.through_envoy import Way

GO = "Go, no-op"
GO_OURS = "Go, no-op with our answer"
"""What Envoy has to do with our answer is not the server's doing."""
CPP = "C++, no-op"
NO_FILTER = "Envoy without the filter"


def product_name(transport: str) -> str:
    """The row of the product on a transport."""
    return f"cors-authz, {transport}"


def noop_name(transport: str) -> str:
    """The row of a server that does nothing on the same transport."""
    return f"{transport}, no-op"


def parse_only_name(transport: str) -> str:
    """The row of a server there that reads each request as the product does, and no more."""
    return f"{transport}, parse only"


def compiled(name: str) -> str:
    """The row of the same with its request path compiled, as the image has it."""
    return f"{name}, compiled"


_TURNS = (
    GO,
    compiled(product_name(FAST)),
    compiled(noop_name(FAST)),
    compiled(parse_only_name(FAST)),
    product_name(FAST),
    noop_name(FAST),
    parse_only_name(FAST),
    compiled(product_name(GRPCIO)),
    noop_name(GRPCIO),
    compiled(parse_only_name(GRPCIO)),
    product_name(GRPCIO),
    parse_only_name(GRPCIO),
    CPP,
    GO_OURS,
)
"""Neighbours are measured within seconds, so that a slow minute hits what is compared alike."""

_COMPILED = tuple(row for row in map(compiled, _TURNS) if row in _TURNS)
"""Of a no-op on ``grpcio``, nothing would be."""


def headline(directory: Path, cores: Cores, effort: Effort) -> Iterator[Comparison]:
    """Compare by an actual request whose ``CheckRequest`` has all its headers.

    Raises:
        LoadError: An answer was not what it should be.
    """
    directory.mkdir()
    full, _ = record_payloads(directory / "recorder", cores)
    left_out: list[str] = []

    def compare(title: str, metrics: tuple[Metric, ...], measured: Measured) -> Comparison:
        return Comparison(title, metrics, measured.as_rows(), noops[0].name, tuple(left_out))

    with ExitStack() as stack:
        packages = _compiled_packages(left_out)
        products = [stack.enter_context(s) for s in _products(directory, cores.server, packages)]
        (ours,) = ask(products[0].targets[0], [full[RequestKind.ACTUAL]])
        starting = _noops(ours, directory, cores.server, packages, left_out)
        noops = [stack.enter_context(server) for server in starting]
        answering = {server.name for server in products} | {GO_OURS}
        servers = sorted((*products, *noops), key=lambda server: _TURNS.index(server.name))
        ways = [
            Way(Edge(server.name, server), is_product=server.name in answering)
            for server in servers
        ]
        ways.append(Way(Edge(NO_FILTER, None), is_product=False))
        measured = through_envoy.measure(ways, directory / "envoy", cores, effort)
        yield compare("Through one Envoy worker", through_envoy.METRICS, measured)
        calls = [Call(server.name, server, full[RequestKind.ACTUAL]) for server in servers]
        measured = direct.measure(calls, directory / "direct", cores, effort)
        yield compare("Asked directly, on one core", direct.METRICS, measured)


def _compiled_packages(left_out: list[str]) -> Path | None:
    try:
        return build_compiled()
    except NotBuiltError as error:
        left_out += (f"{name}: {error}" for name in _COMPILED)
        return None


def _products(
    directory: Path, core: int, packages: Path | None
) -> Iterator[AbstractContextManager[Server]]:
    config = write_set(Shape(), directory / "policies")
    for transport in (FAST, GRPCIO):
        name, options = product_name(transport), ("--transport", transport)
        if packages is not None:
            row = compiled(name)
            yield run_compiled(row, packages, config, directory / row, core, *options)
        yield run_product(name, config, directory / name, core, *options)


def _noops(
    ours: bytes, directory: Path, core: int, packages: Path | None, left_out: list[str]
) -> Iterator[AbstractContextManager[Server]]:
    for name, build, answer in (
        (GO, build_go, ALLOWING),
        (GO_OURS, build_go, ours),
        (CPP, build_cpp, ALLOWING),
    ):
        try:
            command: Sequence[str | Path] = (build(),)
        except NotBuiltError as error:
            left_out.append(f"{name}: {error}")
            continue
        yield run_noop(name, command, answer, directory / name, core)
    for transport in (FAST, GRPCIO):
        for name, python in (
            (noop_name(transport), python_noop(transport)),
            (parse_only_name(transport), python_parse_only(transport)),
        ):
            row = compiled(name)
            if packages is not None and row in _COMPILED:
                yield run_compiled_noop(row, packages, python, directory / row, core)
            yield run_noop(name, python, ALLOWING, directory / name, core)
