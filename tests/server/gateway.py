"""An Envoy with the recommended configuration in front of workers, under load."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.server.policies import HOST, ORIGIN
from tests.support.bootstrap import AUTHZ_CLUSTER, Endpoints, Listener, build_bootstrap, route
from tests.support.envoy import run_envoy
from tests.support.exchange import Request

PREFLIGHT = Request(
    host=HOST,
    path="/orders",
    method="OPTIONS",
    headers=(("origin", ORIGIN), ("access-control-request-method", "PUT")),
)
"""Answered by the sidecar alone, so that no upstream is in the way."""

ANSWER = 204


@contextmanager
def run_gateway(targets: Sequence[str], directory: Path) -> Iterator[int]:
    """Run Envoy in front of workers that listen there; yields the port to send requests to."""
    listeners = [Listener("edge", [route("/")])]
    clusters: dict[str, Endpoints] = {AUTHZ_CLUSTER: targets, "app": 1}
    bootstrap = build_bootstrap(listeners, clusters, directory / "access.log")
    with run_envoy(bootstrap, directory) as envoy:
        yield envoy.ports["edge"]
