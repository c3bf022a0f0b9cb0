"""Each row of the failure matrix, provoked behind a real Envoy with each setting."""

import asyncio
import fcntl
import os
import resource
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from cors_authz.server.options import TRANSPORT_NAMES
from tests.admin.asking import ask
from tests.docs.pages import ROOT, rows_of, section_of
from tests.hardening import failures
from tests.hardening.failures import SETTINGS, Row
from tests.hardening.leaping.sitecustomize import LEAP
from tests.server.policies import HOST, ORIGIN, write_policies
from tests.support.bootstrap import AUTHZ_CLUSTER, Endpoints, Listener, build_bootstrap, route
from tests.support.child import running, stop, wait_until_ready
from tests.support.envoy import Envoy, run_envoy
from tests.support.exchange import Request, Response
from tests.support.http1 import send_http1
from tests.support.load import load_on
from tests.support.serving import serve_command, serve_environment
from tests.support.sidecar import Sidecar, is_target_serving, run_sidecar
from tests.support.upstream import run_upstream

EVIL = "https://evil.example.net"

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Edge:
    """An Envoy with a listener for each setting."""

    envoy: Envoy

    def ask(self, setting: str, origin: str = ORIGIN) -> Response:
        headers = (("origin", origin),)
        return send_http1(self.envoy.ports[setting], Request(HOST, "/", "PUT", headers))

    def ask_permission(self, setting: str) -> Response:
        headers = (("origin", ORIGIN), ("access-control-request-method", "PUT"))
        return send_http1(self.envoy.ports[setting], Request(HOST, "/", "OPTIONS", headers))

    def seen(self, setting: str) -> str:
        """What one accepted page, before and as it asks, and one refused page see.

        In the words of the matrix.
        """
        preflight = self.ask_permission(setting)
        good, evil = self.ask(setting), self.ask(setting, EVIL)
        assert evil.values("access-control-allow-origin") == ()
        granted = [r.values("access-control-allow-origin") for r in (preflight, good)]
        match preflight.status, good.status, evil.status:
            case 204, 200, 403 if granted == [(ORIGIN,), (ORIGIN,)]:
                assert evil.body
                return failures.SERVED
            case 503, 503, 503 if granted == [(), ()]:
                return failures.UNAVAILABLE
            case 403, 403, 403 if granted == [(), ()]:
                assert preflight.body == evil.body == good.body == b""
                return failures.FORBIDDEN
            case 200, 200, 200 if granted == [(), ()]:
                return failures.OPEN
        raise AssertionError(f"{preflight}, {good}, {evil}")

    def seen_with_each(self) -> dict[str, str]:
        return {setting: self.seen(setting) for setting in SETTINGS}


@contextmanager
def run_edge(targets: Sequence[str], directory: Path) -> Iterator[Edge]:
    """Run Envoy in front of workers that listen there."""
    listeners = [Listener(name, [route("/")], authz=authz) for name, authz in SETTINGS.items()]
    with run_upstream() as upstream:
        clusters: dict[str, Endpoints] = {AUTHZ_CLUSTER: targets, "app": upstream.port}
        bootstrap = build_bootstrap(listeners, clusters, directory / "access.log")
        with run_envoy(bootstrap, directory) as envoy:
            yield Edge(envoy)


@contextmanager
def run_both(directory: Path, *options: str) -> Iterator[tuple[Sidecar, Edge]]:
    config = write_policies(directory)
    with (
        run_sidecar(config, directory, *options) as sidecar,
        run_edge(sidecar.targets, directory) as edge,
    ):
        yield sidecar, edge


def cells(row: Row) -> dict[str, str]:
    return dict(zip(SETTINGS, row.cells, strict=True))


def is_ready(sidecar: Sidecar) -> bool:
    assert sidecar.admin is not None
    return ask(sidecar.admin, "/readyz").status == 200


def worker_of(sidecar: Sidecar) -> int:
    pid: int = sidecar.life.wait_for("started")["workers"][0]["pid"]
    return pid


def test_down(tmp_path: Path) -> None:
    with run_both(tmp_path) as (sidecar, edge):
        assert edge.seen("recommended") == failures.SERVED
        assert stop(sidecar.process) == 0
        assert edge.seen_with_each() == cells(failures.DOWN)


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_slow(tmp_path: Path, transport: str) -> None:
    with run_both(tmp_path, "--transport", transport) as (sidecar, edge):
        worker = worker_of(sidecar)
        os.kill(worker, signal.SIGSTOP)
        try:
            seen = edge.seen_with_each()
        finally:
            os.kill(worker, signal.SIGCONT)
        assert seen == cells(failures.SLOW)
        assert edge.seen("recommended") == failures.SERVED


async def statuses_under_load(port: int, worker: int) -> set[int]:
    """Of requests while the worker gets a small part of the processor's time only."""
    request = Request(HOST, "/", "PUT", (("origin", ORIGIN),))
    async with load_on(port, request, connections=16) as load:
        for _ in range(2):
            await asyncio.sleep(0.3)
            os.kill(worker, signal.SIGSTOP)
            await asyncio.sleep(0.6)
            os.kill(worker, signal.SIGCONT)
        await asyncio.sleep(0.3)
    return set(load.statuses)


def test_overloaded(tmp_path: Path) -> None:
    codes = {failures.SOME_FORBIDDEN: {200, 403}, failures.SOME_OPEN: {200}}
    with run_both(tmp_path) as (sidecar, edge):
        worker = worker_of(sidecar)
        for setting, cell in cells(failures.OVERLOADED).items():
            port = edge.envoy.ports[setting]
            seen = asyncio.run(statuses_under_load(port, worker))
            assert seen == codes.get(cell, {200, 503}), setting
        assert edge.seen("recommended") == failures.SERVED


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_killed(tmp_path: Path, transport: str) -> None:
    with run_both(tmp_path, "--transport", transport) as (sidecar, edge):
        worker = worker_of(sidecar)
        sidecar.process.kill()
        os.kill(worker, signal.SIGKILL)
        assert edge.seen_with_each() == cells(failures.KILLED)


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_a_supervisor_that_is_killed_takes_its_workers_along(
    tmp_path: Path, transport: str
) -> None:
    """Whoever runs it, a kubelet for one, sees it end and starts it anew."""
    with run_both(tmp_path, "--transport", transport) as (sidecar, edge):
        sidecar.process.kill()
        deadline_s = time.monotonic() + 20
        while any(is_target_serving(target) for target in sidecar.targets):
            assert time.monotonic() < deadline_s
        assert edge.seen("recommended") == failures.UNAVAILABLE


def test_out_of_memory(tmp_path: Path) -> None:
    """The kernel ends the process that took too much with SIGKILL, as is done here."""
    with run_both(tmp_path, "--workers", "2") as (sidecar, edge):
        assert edge.seen("recommended") == failures.SERVED
        os.kill(worker_of(sidecar), signal.SIGKILL)
        for setting, cell in cells(failures.OUT_OF_MEMORY).items():
            if cell == failures.SERVED:
                assert edge.seen(setting) == cell
            else:
                assert edge.ask(setting).status in (200, 503)
        sidecar.life.wait_for("worker_replaced")


def take_descriptors_away(pid: int) -> None:
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_out_of_descriptors_on_a_connection_that_stands(tmp_path: Path, transport: str) -> None:
    with run_both(tmp_path, "--transport", transport) as (sidecar, edge):
        assert edge.seen("recommended") == failures.SERVED
        take_descriptors_away(worker_of(sidecar))
        assert edge.seen_with_each() == cells(failures.NO_DESCRIPTORS_OPEN)


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_out_of_descriptors_on_a_new_connection(tmp_path: Path, transport: str) -> None:
    config = write_policies(tmp_path)
    with run_sidecar(config, tmp_path, "--transport", transport) as sidecar:
        worker = worker_of(sidecar)
        allowed = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        take_descriptors_away(worker)
        with run_edge(sidecar.targets, tmp_path) as edge:
            assert edge.seen_with_each() == cells(failures.NO_DESCRIPTORS_NEW)
            resource.prlimit(worker, resource.RLIMIT_NOFILE, allowed)
            wait_until_ready(
                sidecar.process,
                lambda: edge.ask("recommended").status == 200,
                log=tmp_path / "sidecar.err",
            )


@contextmanager
def run_logging_to(output: Path, directory: Path) -> Iterator[Edge]:
    """A sidecar whose log goes elsewhere than into a file that tests read, and an Envoy."""
    target = f"unix:{directory}/authz.sock"
    command = serve_command("--config", write_policies(directory), "--listen", target)
    log = directory / "sidecar.err"
    with running(command, stdout=output, stderr=log, environment=serve_environment()) as process:
        wait_until_ready(process, lambda: is_target_serving(target), log=log)
        with run_edge([target], directory) as edge:
            yield edge


def test_full_disk(tmp_path: Path) -> None:
    with run_logging_to(Path("/dev/full"), tmp_path) as edge:
        for _ in range(3):
            assert edge.seen_with_each() == cells(failures.FULL_DISK)


def test_blocked_log(tmp_path: Path) -> None:
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 4096)
    try:
        with run_logging_to(fifo, tmp_path) as edge:
            for _ in range(10):
                assert edge.seen_with_each() == cells(failures.BLOCKED_LOG)
    finally:
        os.close(reading)


def test_bad_policy(tmp_path: Path) -> None:
    with run_both(tmp_path) as (sidecar, edge):
        (tmp_path / "policies/set.yaml").write_text("policies: [{name: shop}]")
        sidecar.life.wait_for("reload_failed")
        assert edge.seen_with_each() == cells(failures.BAD_POLICY)


@pytest.mark.parametrize("leap_s", [_DAY_S, -_DAY_S], ids=["ahead", "back"])
def test_clock_jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leap_s: int) -> None:
    leap = tmp_path / "leap"
    leap.write_text("0")
    monkeypatch.setenv(LEAP, str(leap))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).with_name("leaping")), prepend=os.pathsep)
    with run_both(tmp_path) as (sidecar, edge):
        assert is_ready(sidecar)
        leap.write_text(str(leap_s))
        until_s = time.monotonic() + 2
        while time.monotonic() < until_s:
            assert is_ready(sidecar)
        assert edge.seen_with_each() == cells(failures.CLOCK_JUMP)
        told = datetime.fromisoformat(sidecar.decisions.since(0)[-1]["timestamp"])
        assert abs(told.timestamp() - time.time() - leap_s) < 60
        policies = tmp_path / "policies/set.yaml"
        policies.write_text(policies.read_text() + "# changed\n")
        sidecar.life.wait_for("reloaded")
        assert [e["event"] for e in sidecar.life.since(0)] == ["started", "reloaded"]


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
def test_envoy_restarts(tmp_path: Path, transport: str) -> None:
    config = write_policies(tmp_path)
    with run_sidecar(config, tmp_path, "--transport", transport) as sidecar:
        for _ in range(2):
            with run_edge(sidecar.targets, tmp_path) as edge:
                assert edge.seen_with_each() == cells(failures.ENVOY_RESTARTS)
        assert [e["event"] for e in sidecar.life.since(0)] == ["started"]


def test_the_matrix_in_the_documentation_is_this_one() -> None:
    section = section_of(ROOT / "docs/operations.md", "Failure matrix")
    head = [cell.strip() for cell in section.split("\n|", 1)[1].splitlines()[0].split("|")]
    assert head[1:-1] == list(SETTINGS)
    told = [tuple(row) for row in rows_of(section)]
    assert told == [(row.failure, *row.cells) for row in failures.ROWS]


def test_every_row_is_provoked() -> None:
    source = Path(__file__).read_text()
    names = {name for name, value in vars(failures).items() if value in failures.ROWS}
    assert len(names) == len(failures.ROWS)
    assert [name for name in names if f"failures.{name}" not in source] == []
