"""Errors after the check: the page reads what went wrong, be it Envoy or the upstream."""

from dataclasses import replace

import pytest

from tests.browser.call import Call
from tests.browser.expectation import Case, Prove, after_preflight, answered
from tests.browser.origins import SHOP, TRANSPORTS, Transport
from tests.browser.world import World
from tests.support.upstream import answer_query

FROM_UPSTREAM = [
    Case(
        f"{status} from the upstream",
        SHOP,
        Call("/failing", answer=answer_query(status)),
        answered("GET", "storefront", str(status)),
    )
    for status in (401, 403, 404, 429, 500, 503)
]

FROM_ENVOY = [
    Case(title, SHOP, Call(path), replace(answered("GET", "storefront", page), upstream=()))
    for title, path, page in (
        ("401 from jwt_authn", "/jwt", "401"),
        ("403 from RBAC", "/rbac", "403"),
        ("429 from the rate limit", "/limited", "429"),
        ("503 because the upstream is down", "/down", "503"),
    )
]

AFTER_PREFLIGHT = [
    replace(
        case,
        title=f"{case.title}, after a preflight",
        call=Call(case.call.path, "PUT"),
        expected=after_preflight(
            "storefront", replace(answered("PUT", "storefront", case.expected.page), upstream=())
        ),
    )
    for case in FROM_ENVOY
]


@pytest.fixture(scope="module", autouse=True)
def _exhausted_rate_limit(world: World) -> None:
    for transport in TRANSPORTS:
        world.act(world.tab(SHOP), Call("/limited"), transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", [*FROM_UPSTREAM, *FROM_ENVOY, *AFTER_PREFLIGHT], ids=str)
def test_a_page_can_read_what_went_wrong(prove: Prove, case: Case, transport: Transport) -> None:
    prove("Errors after the check", case, transport)
