"""The processes that the tests in this folder share, for as long as they run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.envoy.later_filters import LATER_FILTERS, LATER_ROUTES
from tests.support.bootstrap import Json, Listener, direct_route, route
from tests.support.certificate import make_certificate
from tests.support.stack import Stack, run_stack

_HERE = Path(__file__).parent

_ROUTES: Sequence[Json] = (
    route("/named/orders", group="orders"),
    route("/named/ghost", group="ghost"),
    route("/unchecked", checked=False),
    route("/down", "down"),
    direct_route("/nothing-here", 404),
    *LATER_ROUTES,
    route("/"),
)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Listeners ``recommended`` and ``careless``, each with an HTTP/3 twin.

    What belongs to no group passes.
    """
    directory = tmp_path_factory.mktemp("stack")
    certificate = make_certificate(directory)
    listeners = [
        Listener(
            name=f"{name} {transport}",
            routes=_ROUTES,
            certificate=certificate if transport == "udp" else None,
            recommended=name == "recommended",
            later_filters=LATER_FILTERS,
            # How long a refused connection stays open.
            manager={"delayed_close_timeout": "0.05s"},
        )
        for name in ("recommended", "careless")
        for transport in ("tcp", "udp")
    ]
    with run_stack(_HERE / "policies", listeners, directory) as running:
        yield running


@pytest.fixture(scope="session")
def denying_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One careless listener; what belongs to no group is denied."""
    directory = tmp_path_factory.mktemp("denying")
    listeners = [Listener("careless tcp", [route("/")], recommended=False)]
    with run_stack(_HERE / "policies_denying_unmatched", listeners, directory) as running:
        yield running
