"""The services of the Compose file on this machine: cors-authz, a service, and Envoy."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.commands import free_port
from tests.deploy.tooling import DEPLOY
from tests.support.child import running, wait_until_ready
from tests.support.envoy import run_envoy
from tests.support.exchange import Request, Response
from tests.support.http1 import send_http1
from tests.support.sidecar import Sidecar, run_sidecar

FOLDER = DEPLOY / "compose"
SERVICES: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]


@dataclass(frozen=True, slots=True)
class LocalStack:
    """All three, running."""

    port: int
    """Where Envoy listens."""
    sidecar: Sidecar

    def send(self, method: str, path: str, *headers: tuple[str, str]) -> Response:
        """Send one request through Envoy."""
        return send_http1(self.port, Request("localhost", path, method, headers))


@contextmanager
def run_local_stack(folder: Path, *serve_options: str) -> Iterator[LocalStack]:
    """Run Envoy with ``deploy/envoy/envoy.yaml``, the rest as the Compose file says.

    Only ports and mounted folders are replaced; ``serve_options`` are cors-authz's own.
    """
    app_port = free_port()
    replaced = {"python": sys.executable, "8080": str(app_port), "/srv": str(FOLDER / "app")}
    program = [replaced.get(word, word) for word in SERVICES["app"]["entrypoint"]]
    err = folder / "app.err"
    with ExitStack() as started:
        sidecar = started.enter_context(run_sidecar(FOLDER / "policies", folder, *serve_options))
        app = started.enter_context(running(program, stdout=folder / "app.out", stderr=err))
        wait_until_ready(app, lambda: _answers(app_port), log=err)
        text = (DEPLOY / "envoy" / "envoy.yaml").read_text()
        for port, free in ((9191, sidecar.port), (8080, app_port), (10000, 0)):
            if text.count(f"port_value: {port}}}") != 1:
                raise AssertionError(f"port {port} does not stand in envoy.yaml once")
            text = text.replace(f"port_value: {port}}}", f"port_value: {free}}}")
        envoy = started.enter_context(run_envoy(yaml.safe_load(text), folder))
        yield LocalStack(envoy.ports["edge"], sidecar)


def _answers(port: int) -> bool:
    try:
        return send_http1(port, Request("localhost", "/orders")).status == 200
    except ConnectionError:
        return False
