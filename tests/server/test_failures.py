"""What clients see through Envoy when the sidecar fails: the matrix of docs/operations.md."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from cors_authz.server.options import TRANSPORT_NAMES
from tests.server.policies import HOST, ORIGIN, write_policies
from tests.support.bootstrap import (
    AUTHZ_CLUSTER,
    Endpoints,
    Json,
    Listener,
    build_bootstrap,
    route,
)
from tests.support.envoy import Envoy, run_envoy
from tests.support.exchange import Request, Response
from tests.support.http1 import send_http1
from tests.support.serving import serve_command, serve_environment
from tests.support.sidecar import is_target_serving, run_sidecar
from tests.support.upstream import run_upstream

CLOSED, OPEN = "closed", "open"

_SERVICE: Json = {"envoy_grpc": {"cluster_name": AUTHZ_CLUSTER}, "timeout": "0.5s"}
"""Without retries: there is but one sidecar, and it fails for good."""

PREFLIGHT = Request(
    HOST,
    "/orders",
    "OPTIONS",
    (("origin", ORIGIN), ("access-control-request-method", "PUT")),
)
FROM_SHOP = Request(HOST, "/orders", "PUT", (("origin", ORIGIN),))
FROM_EVIL = Request(HOST, "/orders", "PUT", (("origin", "https://evil.example"),))
REQUESTS = (PREFLIGHT, FROM_SHOP, FROM_EVIL)

Seen = tuple[int, str | None]
"""The status, and the origin that a browser is told may read the response."""

WORKING: tuple[Seen, ...] = ((204, ORIGIN), (200, ORIGIN), (403, None))
UNAVAILABLE: tuple[Seen, ...] = ((503, None), (503, None), (503, None))
PASSED_ON: tuple[Seen, ...] = ((200, None), (200, None), (200, None))
"""What the upstream says of CORS is stripped, so that browsers keep it from pages."""


@dataclass(frozen=True, slots=True)
class Site:
    """A sidecar, an upstream, and an Envoy that fails closed on one listener, open on the other."""

    envoy: Envoy
    target: str
    supervisor: int
    worker: int

    def seen(self, listener: str) -> tuple[Seen, ...]:
        """What becomes of a preflight, a page's request, and one of a page that may not ask."""
        return seen_through(self.envoy, listener)


def seen_through(envoy: Envoy, listener: str) -> tuple[Seen, ...]:
    """Likewise."""
    return tuple(_seen(send_http1(envoy.ports[listener], request)) for request in REQUESTS)


def _seen(response: Response) -> Seen:
    return response.status, next(iter(response.values("access-control-allow-origin")), None)


@contextmanager
def run_gateways(target: str, directory: Path) -> Iterator[Envoy]:
    """Both listeners in front of one sidecar."""
    listeners = [
        Listener(CLOSED, [route("/")], authz={"grpc_service": _SERVICE}),
        Listener(OPEN, [route("/")], authz={"grpc_service": _SERVICE, "failure_mode_allow": True}),
    ]
    with run_upstream() as upstream:
        clusters: dict[str, Endpoints] = {AUTHZ_CLUSTER: (target,), "app": upstream.port}
        bootstrap = build_bootstrap(listeners, clusters, directory / "access.log")
        with run_envoy(bootstrap, directory) as envoy:
            yield envoy


@pytest.fixture(params=TRANSPORT_NAMES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    options = ("--transport", request.param)
    with run_sidecar(write_policies(tmp_path), tmp_path, *options) as sidecar:
        worker, target = sidecar.life.wait_for("started")["workers"][0]["pid"], sidecar.targets[0]
        with run_gateways(target, tmp_path) as envoy:
            found = Site(envoy, target, sidecar.process.pid, worker)
            assert found.seen(CLOSED) == WORKING
            yield found
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)


def kill_everything(site: Site) -> None:
    os.kill(site.supervisor, signal.SIGKILL)
    os.kill(site.worker, signal.SIGKILL)


def stop_answering(site: Site) -> None:
    os.kill(site.worker, signal.SIGSTOP)


@pytest.mark.parametrize("provoke", [kill_everything, stop_answering])
def test_a_sidecar_that_does_not_answer(site: Site, provoke: Callable[[Site], None]) -> None:
    provoke(site)
    assert site.seen(CLOSED) == UNAVAILABLE
    assert site.seen(OPEN) == PASSED_ON


def test_a_supervisor_that_is_killed_takes_its_workers_along(site: Site) -> None:
    """Whoever runs it, a kubelet for one, sees it end and starts it anew."""
    os.kill(site.supervisor, signal.SIGKILL)
    wait_until(lambda: not is_target_serving(site.target))
    assert site.seen(CLOSED) == UNAVAILABLE


def test_an_envoy_that_restarts_finds_the_sidecar_as_it_was(site: Site, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.mkdir()
    with run_gateways(site.target, later) as envoy:
        assert seen_through(envoy, CLOSED) == WORKING


def test_a_worker_without_file_descriptors_serves_whom_it_serves(site: Site) -> None:
    taken = len(list(Path(f"/proc/{site.worker}/fd").iterdir()))
    before = resource.prlimit(site.worker, resource.RLIMIT_NOFILE)
    resource.prlimit(site.worker, resource.RLIMIT_NOFILE, (taken, before[1]))
    assert not is_target_serving(site.target)
    assert site.seen(CLOSED) == WORKING

    resource.prlimit(site.worker, resource.RLIMIT_NOFILE, before)
    wait_until(lambda: is_target_serving(site.target))
    assert site.seen(CLOSED) == WORKING


@contextmanager
def serving_into(stdout: int, directory: Path) -> Iterator[str]:
    """A sidecar that logs there; yields where it listens."""
    target = f"unix:{directory}/authz.sock"
    command = serve_command(
        *("--config", write_policies(directory), "--admin", "none", "--listen", target)
    )
    with subprocess.Popen(command, stdout=stdout, env=serve_environment()) as process:
        try:
            wait_until(lambda: is_target_serving(target))
            yield target
        finally:
            process.terminate()


def test_a_full_disk_costs_lines_and_no_requests(tmp_path: Path) -> None:
    with (
        Path("/dev/full").open("wb") as full,
        serving_into(full.fileno(), tmp_path) as target,
        run_gateways(target, tmp_path) as envoy,
    ):
        for _ in range(20):
            assert seen_through(envoy, CLOSED) == WORKING


def test_a_log_that_nobody_reads_costs_lines_and_no_requests(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        with serving_into(writing, tmp_path) as target, run_gateways(target, tmp_path) as envoy:
            # A pipe holds 64 KiB, which is about a hundred lines.
            for _ in range(100):
                assert seen_through(envoy, CLOSED) == WORKING
    finally:
        os.close(reading)
        os.close(writing)


def wait_until(holds: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
