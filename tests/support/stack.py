"""A sidecar, an Envoy and a careless upstream together, and what one request did to them."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.bootstrap import AUTHZ_CLUSTER, Listener, build_bootstrap
from tests.support.envoy import Envoy, run_envoy
from tests.support.exchange import Request, Response
from tests.support.http1 import send_http1
from tests.support.http2 import send_http2
from tests.support.http3 import send_http3
from tests.support.json_lines import Entry, JsonLines
from tests.support.sidecar import Sidecar, run_sidecar
from tests.support.upstream import RecordedRequest, Upstream, run_upstream

PROBE = "x-probe"
"""The request header by which a request is found again everywhere."""

CLIENTS: dict[str, Callable[[int, Request], Response]] = {
    "HTTP/1.1": send_http1,
    "HTTP/2": send_http2,
    "HTTP/3": send_http3,
}
"""By the name that Envoy and policies have for the HTTP version."""

UNCHECKED_WAIT_S = 0.2
"""How long a decision that must not come is waited for."""


@dataclass(frozen=True, slots=True)
class Observation:
    """All that one request led to."""

    response: Response
    decision: Entry | None
    """The line of the sidecar's decision log; ``None`` where the sidecar was not asked."""
    access: Entry
    """The line of Envoy's access log."""
    reached: tuple[RecordedRequest, ...]
    """What the upstream got."""

    @property
    def metadata(self) -> Entry:
        """What the sidecar told Envoy about its decision, as the access log shows it."""
        return self.access["cors"] or {}


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything that runs."""

    envoy: Envoy
    sidecar: Sidecar
    upstream: Upstream
    access_log: JsonLines

    def send(
        self, request: Request, *, listener: str, protocol: str = "HTTP/1.1", checked: bool = True
    ) -> Observation:
        """Send one request through Envoy and gather what it led to.

        ``checked`` says whether the sidecar is expected to be asked.
        """
        client = CLIENTS[protocol]
        port = self.envoy.ports[listener]
        return self.observe(request, lambda probing: client(port, probing), checked=checked)

    def observe(
        self, request: Request, send: Callable[[Request], Response], *, checked: bool = True
    ) -> Observation:
        """Likewise, with a client of the caller's; it must send the request it is given."""
        probe = uuid.uuid4().hex
        decisions, accesses = self.sidecar.decisions.mark(), self.access_log.mark()
        response = send(request.adding((PROBE, probe)))
        accessed = self.access_log.wait_since(accesses, wanted=lambda e: bool(e["probe"] == probe))
        timeout_s = 5.0 if checked else UNCHECKED_WAIT_S
        decided = self.sidecar.decisions.wait_since(decisions, timeout_s=timeout_s)
        if len(decided) != checked or len(accessed) != 1:
            ended = self.sidecar.process.poll()
            raise AssertionError(
                f"decisions: {decided}, accesses: {accessed}, {response}, "
                f"sidecar {'runs' if ended is None else f'ended: {ended}'}"
            )
        reached = tuple(r for r in self.upstream.requests if r.value(PROBE) == probe)
        return Observation(response, decided[0] if decided else None, accessed[0], reached)


@contextmanager
def run_stack(config: Path, listeners: Sequence[Listener], directory: Path) -> Iterator[Stack]:
    """Run a sidecar with the policy set in ``config`` behind an Envoy with ``listeners``.

    Routes may lead to the cluster ``app``, the upstream, and to ``down``, where nobody
    listens.
    """
    access_log = directory / "access.log"
    with run_upstream() as upstream, run_sidecar(config, directory) as sidecar:
        clusters = {AUTHZ_CLUSTER: sidecar.port, "app": upstream.port, "down": 1}
        bootstrap = build_bootstrap(listeners, clusters, access_log)
        with run_envoy(bootstrap, directory) as envoy:
            yield Stack(envoy, sidecar, upstream, JsonLines(access_log))
