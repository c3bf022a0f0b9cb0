"""The servers that are compared, each started on one core and stopped in the end."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cores import pinned
from tests.support.child import running, wait_until_ready
from tests.support.serving import serve_environment
from tests.support.sidecar import Sidecar, run_sidecar

ALLOWING = b"\x0a\x00\x1a\x00"
"""The shortest ``CheckResponse`` that lets a request pass: a status of 0 and an ``ok_response``."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that listens."""

    name: str
    targets: Sequence[str]
    """Where, as gRPC writes it; one for each of its workers."""
    pids: Sequence[int]
    """Of all its processes."""


@contextmanager
def run_product(
    name: str, config: Path, directory: Path, core: int, *options: str
) -> Iterator[Server]:
    """The product as operators run it, with its decision log in a file of ``directory``."""
    directory.mkdir()
    with ExitStack() as stack:
        with pinned(core):
            starting = run_sidecar(config, directory, *options, start_timeout_s=600)
            sidecar = stack.enter_context(starting)
        yield as_server(name, sidecar)


def as_server(name: str, sidecar: Sidecar) -> Server:
    """A running product as one of the compared."""
    (started, *_) = sidecar.life.since(0)
    workers = tuple(worker["pid"] for worker in started["workers"])
    return Server(name, sidecar.targets, (sidecar.process.pid, *workers))


@contextmanager
def run_noop(
    name: str, command: Sequence[str | Path], answer: bytes, directory: Path, core: int
) -> Iterator[Server]:
    """A program that prints its port and answers all checks with the bytes in a file."""
    directory.mkdir()
    file, stdout, stderr = directory / "answer", directory / "stdout", directory / "stderr"
    file.write_bytes(answer)
    environment = serve_environment()
    with ExitStack() as stack:
        with pinned(core):
            starting = running(
                [*command, file], stdout=stdout, stderr=stderr, environment=environment
            )
            process = stack.enter_context(starting)
        wait_until_ready(process, lambda: stdout.read_text().endswith("\n"), log=stderr)
        yield Server(name, (f"127.0.0.1:{int(stdout.read_text())}",), (process.pid,))


def python_noop(transport: str) -> Sequence[str]:
    """The command of the Python server that does nothing, on one of the product's transports."""
    return (sys.executable, "-m", "tests.bench.noop", transport)
