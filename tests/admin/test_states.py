"""Every endpoint in every state of the server."""

from collections.abc import Callable

import pytest

from cors_authz.admin.access import AccessRules
from cors_authz.admin.app import build_app
from tests.admin.asking import call
from tests.admin.view import StandIn, policies_in_force

RULES = AccessRules(frozenset(), api_open=False)

STATES: dict[str, Callable[[], StandIn]] = {
    "starting": lambda: StandIn(None, workers=()),
    "no traffic yet": lambda: StandIn(policies_in_force()),
    "bad last reload": lambda: StandIn(policies_in_force(last_succeeded=False)),
    "draining": lambda: StandIn(policies_in_force(), draining=True),
}

STATUSES = {
    "/": {},
    "/livez": {},
    "/readyz": {"starting": 503, "draining": 503},
    "/metrics": {},
    "/api/v1/status": {},
    "/api/v1/policies": {"starting": 503},
    "/api/v1/groups": {"starting": 503},
    "/api/v1/decisions": {},
    "/api/v1/openapi.json": {},
}
"""What differs from 200."""

CASES = [
    pytest.param(path, state, statuses.get(state, 200), id=f"{path} {state}")
    for path, statuses in STATUSES.items()
    for state in STATES
]


@pytest.mark.parametrize(("path", "state", "status"), CASES)
def test_an_endpoint_answers_in_every_state(path: str, state: str, status: int) -> None:
    answer = call(build_app(STATES[state](), RULES), path)
    assert answer.status == status
    assert answer.body


@pytest.mark.parametrize("state", STATES)
def test_explaining_works_in_every_state_with_a_set(state: str) -> None:
    answer = call(
        build_app(STATES[state](), RULES),
        "/api/v1/explain",
        method="POST",
        headers={"content-type": "application/json"},
        body=b'{"url": "https://api.example.com/orders"}',
    )
    assert answer.status == (503 if state == "starting" else 200)
