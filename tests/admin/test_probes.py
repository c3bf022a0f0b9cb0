"""Readiness is the AND of its components; liveness depends on none of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cors_authz.admin.access import AccessRules
from cors_authz.admin.app import build_app
from cors_authz.observability.worker_status import WorkerState, WorkerStatus
from tests.admin.asking import call
from tests.admin.view import StandIn, policies_in_force

RULES = AccessRules(frozenset(), api_open=False)
SERVING = WorkerStatus(0, "127.0.0.1:9191", WorkerState.SERVING)
STARTING = replace(SERVING, index=1, state=WorkerState.STARTING)

STATES: dict[str, tuple[Callable[[], StandIn], bool]] = {
    "well": (lambda: StandIn(policies_in_force()), True),
    "after a bad reload": (lambda: StandIn(policies_in_force(last_succeeded=False)), True),
    "one worker of two serves": (
        lambda: StandIn(policies_in_force(), workers=(STARTING, SERVING)),
        True,
    ),
    "no policy set yet": (lambda: StandIn(None), False),
    "draining": (lambda: StandIn(policies_in_force(), draining=True), False),
    "no worker serves": (lambda: StandIn(policies_in_force(), workers=(STARTING,)), False),
    "watcher stopped": (
        lambda: StandIn(policies_in_force(), watcher_silence_s=3600),
        False,
    ),
}


@pytest.mark.parametrize(("server", "ready"), STATES.values(), ids=STATES)
def test_ready_is_who_has_all_components(server: Callable[[], StandIn], *, ready: bool) -> None:
    answer = call(build_app(server(), RULES), "/readyz")
    assert answer.status == (200 if ready else 503)
    members = answer.json
    assert members["ready"] is ready
    components = members["components"]
    well = components["policies"] and components["watcher"] and components["listener"]
    assert (well and not components["draining"]) is ready


@pytest.mark.parametrize("server", [server for server, _ in STATES.values()], ids=STATES)
def test_alive_is_who_answers(server: Callable[[], StandIn]) -> None:
    answer = call(build_app(server(), RULES), "/livez")
    assert (answer.status, answer.json) == (200, {"alive": True})


def test_a_bad_reload_shows_in_the_body_of_readiness() -> None:
    view = StandIn(policies_in_force(last_succeeded=False))
    reload = call(build_app(view, RULES), "/readyz").json["lastReload"]
    assert reload["succeeded"] is False
    assert reload["findings"] > 0


def test_metrics_are_what_was_gathered() -> None:
    answer = call(build_app(StandIn(None), RULES), "/metrics")
    assert answer.body == b"# nothing\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
