"""The servers that are compared, each started on one core and stopped in the end."""

import json
import os
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path

from tests.bench.cores import pinned
from tests.support.child import NotReadyError, running, wait_until_ready
from tests.support.json_lines import Entry
from tests.support.serving import serve_command, serve_environment
from tests.support.sidecar import run_sidecar

ALLOWING = b"\x0a\x00\x1a\x00"
"""The shortest ``CheckResponse`` that lets a request pass: a status of 0 and an ``ok_response``."""


_PYTHON_NOOP = (sys.executable, "-m", "tests.bench.noop")

_START_TIMEOUT_S = 300.0
"""A hundred thousand groups take a while."""


class NotCompiledError(RuntimeError):
    """What was to be measured compiled is not."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that listens."""

    name: str
    targets: Sequence[str]
    """Where, as gRPC writes it; one for each of its workers."""
    pids: Sequence[int]
    """Of all its processes; the product's supervisor is the first, its workers follow."""
    admin: str | None = None
    """Where its counters are, as ``host:port``."""


@contextmanager
def run_product(
    name: str, config: Path, directory: Path, core: int, *options: str, **variables: str
) -> Iterator[Server]:
    """The product as operators run it, with its decision log in a file of ``directory``.

    ``variables`` are of its environment.
    """
    directory.mkdir()
    with ExitStack() as stack:
        with pinned(core):
            starting = run_sidecar(
                config, directory, *options, start_timeout_s=_START_TIMEOUT_S, **variables
            )
            sidecar = stack.enter_context(starting)
        yield _as_server(name, sidecar.process.pid, sidecar.life.wait_for("started"))


@contextmanager
def run_compiled(
    name: str, packages: Path, config: Path, directory: Path, core: int, *options: str
) -> Iterator[Server]:
    """The product from a folder of packages in which its request path is compiled.

    Raises:
        NotCompiledError: A worker runs something else.
    """
    variables = _variables_of(packages)
    with run_product(name, config, directory, core, *options, **variables) as server:
        _, *workers = server.pids
        _check_is_loaded(packages, workers)
        yield server


@contextmanager
def run_product_unheard(
    name: str, config: Path, directory: Path, core: int, *options: str
) -> Iterator[Server]:
    """The product with a log that nobody reads: all that a pipe holds is written, then nothing."""
    directory.mkdir()
    pipe, stderr = directory / "stdout", directory / "stderr"
    os.mkfifo(pipe)
    command = serve_command("--config", config, "--listen", "127.0.0.1:0", *options)
    with pipe.open("r+b", buffering=0) as unread, ExitStack() as stack:
        with pinned(core):
            starting = running(command, stdout=pipe, stderr=stderr, environment=serve_environment())
            process = stack.enter_context(starting)
        yield _as_server(name, process.pid, _started(unread))


def _started(pipe: RawIOBase) -> Entry:
    """Read the line that tells of the start, and not a byte further."""
    line = b""
    while True:
        if not select.select([pipe], [], [], _START_TIMEOUT_S)[0]:
            raise NotReadyError(f"no line was written within {_START_TIMEOUT_S} s: {line!r}")
        line += pipe.read(1) or b""
        if line.endswith(b"\n"):
            entry: Entry = json.loads(line)
            if entry["event"] == "started":
                return entry
            line = b""


def _as_server(name: str, supervisor: int, started: Entry) -> Server:
    workers = started["workers"]
    return Server(
        name=name,
        targets=tuple(worker["address"] for worker in workers),
        pids=(supervisor, *(worker["pid"] for worker in workers)),
        admin=started["admin"],
    )


@contextmanager
def run_noop(
    name: str,
    command: Sequence[str | Path],
    answer: bytes,
    directory: Path,
    core: int,
    **variables: str,
) -> Iterator[Server]:
    """A program that prints its port and answers all checks with the bytes in a file.

    ``variables`` are of its environment.
    """
    directory.mkdir()
    file, stdout, stderr = directory / "answer", directory / "stdout", directory / "stderr"
    file.write_bytes(answer)
    environment = serve_environment(**variables)
    with ExitStack() as stack:
        with pinned(core):
            starting = running(
                [*command, file], stdout=stdout, stderr=stderr, environment=environment
            )
            process = stack.enter_context(starting)
        wait_until_ready(process, lambda: stdout.read_text().endswith("\n"), log=stderr)
        yield Server(name, (f"127.0.0.1:{int(stdout.read_text())}",), (process.pid,))


@contextmanager
def run_compiled_noop(
    name: str, packages: Path, command: Sequence[str], directory: Path, core: int
) -> Iterator[Server]:
    """A Python server that allows all, on a transport from a folder of compiled packages.

    Raises:
        NotCompiledError: It runs on something else.
    """
    variables = _variables_of(packages)
    with run_noop(name, command, ALLOWING, directory, core, **variables) as server:
        _check_is_loaded(packages, server.pids)
        yield server


def python_noop(transport: str) -> Sequence[str]:
    """The command of the Python server that does nothing, on one of the product's transports."""
    return (*_PYTHON_NOOP, transport, "nothing")


def python_parse_only(transport: str) -> Sequence[str]:
    """The command of the one that reads each request as the product does, and does no more."""
    return (*_PYTHON_NOOP, transport, "parse")


def _variables_of(packages: Path) -> dict[str, str]:
    # With -m, Python would take the package in the current folder.
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(packages)}


def _check_is_loaded(packages: Path, pids: Sequence[int]) -> None:
    (library,) = packages.glob("*__mypyc*.so")
    for pid in pids:
        if str(library.resolve()) not in Path(f"/proc/{pid}/maps").read_text():
            raise NotCompiledError(f"process {pid} has not loaded {library}")
