"""The processes that the tests in this folder share, and the table that they fill."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.browser.chromium import Tab, run_chromium
from tests.browser.expectation import Case, Journey, Prove, ProveJourney
from tests.browser.matrix import Matrix, Row
from tests.browser.origins import OWN, Transport, stand_ins
from tests.browser.shared_cache import run_shared_cache
from tests.browser.world import World
from tests.envoy.later_filters import LATER_FILTERS, LATER_ROUTES
from tests.support.bootstrap import AUTHZ_CLUSTER, Json, Listener, build_bootstrap, route
from tests.support.certificate import make_certificate
from tests.support.envoy import run_envoy
from tests.support.json_lines import JsonLines
from tests.support.sidecar import run_sidecar
from tests.support.upstream import ECHOING, run_upstream

_HERE = Path(__file__).parent

_ROUTES: Sequence[Json] = (
    route("/page", checked=False),
    route("/unchecked", checked=False),
    route("/down", "down"),
    route("/stripped", stripped=True),
    *LATER_ROUTES,
    route("/"),
)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("browser")
    certificate = make_certificate(directory)
    listeners = [
        Listener(
            name=name,
            routes=_ROUTES,
            tls=certificate if name == "https" else None,
            recommended=False,
            later_filters=LATER_FILTERS,
        )
        for name in ("https", "http")
    ]
    access_log = directory / "access.log"
    with (
        run_upstream(ECHOING) as upstream,
        run_sidecar(_HERE / "policies", directory) as sidecar,
    ):
        clusters = {AUTHZ_CLUSTER: sidecar.port, "app": upstream.port, "down": 1}
        bootstrap = build_bootstrap(listeners, clusters, access_log)
        with (
            run_envoy(bootstrap, directory) as envoy,
            run_shared_cache(envoy.ports["http"]) as cache_port,
            run_chromium(
                directory, certificate, stand_ins({**envoy.ports, "cached": cache_port})
            ) as chromium,
        ):
            yield World(chromium, envoy, [sidecar], upstream, JsonLines(access_log))


@pytest.fixture(scope="session")
def matrix() -> Matrix:
    return Matrix()


@pytest.fixture
def prove(world: World, matrix: Matrix) -> Prove:
    """Let the page of a case make its call, and hold what comes of it to the case."""

    def prove(
        section: str,
        case: Case,
        transport: Transport,
        *,
        tab: Tab | None = None,
        frame: str | None = None,
    ) -> None:
        page = transport.api if case.page == OWN else case.page
        seen = world.act(
            tab or world.tab(page),
            case.call,
            transport,
            frame=frame,
            exchanges=len(case.expected.network),
        )
        assert seen == case.expected
        matrix.add(Row(section, case.title, case.page, str(case.call), seen), transport.protocol)

    return prove


@pytest.fixture
def prove_journey(world: World, matrix: Matrix) -> ProveJourney:
    """Let the pages of a journey act in turn, and hold what comes of it to the journey."""

    def prove(section: str, journey: Journey, transport: Transport) -> None:
        tabs = [world.tab(page) for page, _ in journey.steps]

        def act(probe: str) -> str:
            return "; ".join(
                action.describe(tab.run(action.source, action.argument(transport.api, probe)))
                for tab, (_, action) in zip(tabs, journey.steps, strict=True)
            )

        seen = world.observe(tabs[0], act)
        outcome = seen.outcome(seen.result)
        assert outcome == journey.expected
        pages = dict.fromkeys(page for page, _ in journey.steps)
        calls = "; ".join(str(action) for _, action in journey.steps)
        row = Row(section, journey.title, ", then ".join(pages), calls, outcome)
        matrix.add(row, transport.protocol)

    return prove
