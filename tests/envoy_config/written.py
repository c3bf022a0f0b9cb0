"""What ``cors-authz envoy …`` writes, and an Envoy that runs it with a sidecar and an upstream."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from cors_authz.cli import main
from tests.support.envoy import Envoy, run_envoy
from tests.support.exchange import Request, Response
from tests.support.http1 import send_http1
from tests.support.sidecar import Sidecar, run_sidecar
from tests.support.upstream import Upstream, run_upstream

Json = dict[str, Any]

POLICIES = Path(__file__).parent / "policies"

API = "api.example.com"
SHOP = ("origin", "https://shop.example.com")
FOREIGN = ("origin", "https://foreign.example.net")
WANTS_POST = ("access-control-request-method", "POST")

PATIENT = ("--timeout", "5")
"""For a machine that is busy with other tests."""


def call(command: str, *arguments: str | Path) -> Result:
    """Run one of the commands of ``cors-authz envoy``."""
    return CliRunner().invoke(main, ["envoy", command, *map(str, arguments)])


def written(command: str, *arguments: str | Path) -> list[Any]:
    """The documents that a command writes."""
    result = call(command, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return list(yaml.safe_load_all(result.stdout))


def manager_of(bootstrap: Json) -> Json:
    """The connection manager of the only listener."""
    (listener,) = bootstrap["static_resources"]["listeners"]
    manager: Json = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return manager


@dataclass(frozen=True, slots=True)
class Edge:
    """All three, running."""

    envoy: Envoy
    sidecar: Sidecar
    upstream: Upstream
    folder: Path

    def send(self, method: str, path: str, *headers: tuple[str, str], host: str = API) -> Response:
        """Send one request through Envoy."""
        (port,) = self.envoy.ports.values()
        return send_http1(port, Request(host, path, method, headers))

    def asked(self) -> int:
        """How often the sidecar was asked."""
        counts = self.envoy.stats("cluster.cors_authz.upstream_rq_total")
        return counts["cluster.cors_authz.upstream_rq_total"]


@contextmanager
def run_edge(
    folder: Path,
    serving: Sequence[str] = (),
    writing: Sequence[str] = (),
    policies: Path = POLICIES,
) -> Iterator[Edge]:
    """Serve, write a bootstrap with options that fit, and run it; only ports are replaced."""
    with run_upstream() as upstream, run_sidecar(policies, folder, *serving) as sidecar:
        address = () if "--sidecar" in writing else ("--sidecar", sidecar.targets[0])
        service = ("--upstream", f"127.0.0.1:{upstream.port}")
        (bootstrap,) = written("bootstrap", policies, *service, *address, *PATIENT, *writing)
        with run_envoy(on_free_port(bootstrap), folder) as envoy:
            yield Edge(envoy, sidecar, upstream, folder)


def on_free_port(bootstrap: Mapping[str, Any]) -> Json:
    """The bootstrap, its listener on any port of loopback, its admin server left to the caller."""
    (listener,) = bootstrap["static_resources"]["listeners"]
    listener["address"] = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    return {key: value for key, value in bootstrap.items() if key != "admin"}
