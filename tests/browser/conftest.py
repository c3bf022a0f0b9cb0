"""What the tests in this folder share: the world they run in, and the table that they fill."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import ChromiumMissingError, Tab, find_chromium
from tests.browser.expectation import Case, Journey, Prove, ProveJourney
from tests.browser.matrix import Matrix, Row
from tests.browser.origins import OWN, Transport
from tests.browser.stage import run_world
from tests.browser.world import World

_LAST = "test_matrix"
"""The module that looks at what all the others have seen."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run it after them."""
    own = [index for index, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ordered = sorted((items[index] for index in own), key=lambda item: item.path.stem == _LAST)
    for index, item in zip(own, ordered, strict=True):
        items[index] = item


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything that runs, for as long as tests of this folder do.

    Without Chromium they are skipped where somebody tries them out, and fail in CI.
    """
    try:
        find_chromium()
    except ChromiumMissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with run_world(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="package")
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

        seen = world.observe(tabs[0], act, exchanges=len(journey.expected.network))
        outcome = seen.outcome(seen.result)
        assert outcome == journey.expected
        pages = dict.fromkeys(page for page, _ in journey.steps)
        calls = "; ".join(str(action) for _, action in journey.steps)
        row = Row(section, journey.title, ", then ".join(pages), calls, outcome)
        matrix.add(row, transport.protocol)

    return prove
