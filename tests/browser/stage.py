"""Puts the world together: upstream, sidecars, Envoy, shared cache and browser."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.browser.chromium import run_chromium
from tests.browser.origins import stand_ins
from tests.browser.shared_cache import run_shared_cache
from tests.browser.world import Changing, World
from tests.envoy.later_filters import LATER_FILTERS, LATER_ROUTES
from tests.support.bootstrap import AUTHZ_CLUSTER, Json, Listener, build_bootstrap, route
from tests.support.certificate import Certificate, make_certificate
from tests.support.envoy import run_envoy
from tests.support.json_lines import JsonLines
from tests.support.kubelet import ConfigMapVolume
from tests.support.sidecar import Sidecar, run_sidecar
from tests.support.upstream import ECHOING, run_upstream

_POLICIES = Path(__file__).parent / "policies"
_DOCUMENTED_POLICIES = Path(__file__).parents[2] / "docs/examples/troubleshooting.yaml"
_CHANGING_POLICIES = Path(__file__).parent / "policies_changing" / "set.yaml"

_DOCUMENTED_PATHS = ("/orders", "/catalogue", "/feed", "/reports", "/admin", "/nowhere")
"""Where the documentation's policies decide."""

_CLOSED_PORT = 1
_CHANGING, _DOCUMENTED, _DEAD = (
    f"{AUTHZ_CLUSTER}_{name}" for name in ("changing", "documented", "dead")
)

_ROUTES: Sequence[Json] = (
    route("/page", checked=False),
    route("/unchecked", checked=False),
    route("/down", "down"),
    route("/changing", sidecar=_CHANGING),
    route("/ghost", group="ghost"),
    route("/outage", sidecar=_DEAD),
    route("/stripped/reports", sidecar=_DOCUMENTED, stripped=True),
    *(route(path, sidecar=_DOCUMENTED) for path in _DOCUMENTED_PATHS),
    route("/stripped", stripped=True),
    *LATER_ROUTES,
    route("/"),
)


@contextmanager
def run_world(directory: Path) -> Iterator[World]:
    """Run everything until the block is left.

    Raises:
        ChromiumMissingError: It is not installed.
    """
    certificate = make_certificate(directory)
    access_log = directory / "access.log"
    volume = ConfigMapVolume(directory / "volume")
    volume.update({_CHANGING_POLICIES.name: _CHANGING_POLICIES.read_text()})
    with ExitStack() as running:
        upstream = running.enter_context(run_upstream(ECHOING))
        sidecars = [
            running.enter_context(_run_sidecar(config, directory / name))
            for config, name in (
                (_POLICIES, "main"),
                (volume.folder, "changing"),
                (_DOCUMENTED_POLICIES, "documented"),
            )
        ]
        clusters = {
            AUTHZ_CLUSTER: sidecars[0].port,
            _CHANGING: sidecars[1].port,
            _DOCUMENTED: sidecars[2].port,
            _DEAD: _CLOSED_PORT,
            "app": upstream.port,
            "down": _CLOSED_PORT,
        }
        bootstrap = build_bootstrap(_listeners(certificate), clusters, access_log)
        envoy = running.enter_context(run_envoy(bootstrap, directory))
        cache_port = running.enter_context(run_shared_cache(envoy.ports["http"]))
        hosts = stand_ins({**envoy.ports, "cached": cache_port})
        chromium = running.enter_context(run_chromium(directory, certificate, hosts))
        changing = Changing(sidecars[1], volume, _CHANGING_POLICIES.name)
        yield World(chromium, envoy, sidecars, changing, upstream, JsonLines(access_log))


def _listeners(certificate: Certificate) -> list[Listener]:
    """Two ways in that differ in nothing else."""
    return [
        Listener(
            name=name,
            routes=_ROUTES,
            tls=tls,
            recommended=False,
            later_filters=LATER_FILTERS,
        )
        for name, tls in (("https", certificate), ("http", None))
    ]


@contextmanager
def _run_sidecar(config: Path, directory: Path) -> Iterator[Sidecar]:
    directory.mkdir()
    with run_sidecar(config, directory) as sidecar:
        yield sidecar
