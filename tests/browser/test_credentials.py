"""Cookies: what the page wants, what the policy grants, and what the upstream says of it."""

import pytest

from tests.browser.call import BLOCKED, Call, Outcome
from tests.browser.expectation import (
    Case,
    Prove,
    after_preflight,
    answered,
    decided,
    kept_from_page,
    refused,
)
from tests.browser.origins import EVIL, SHOP, TRANSPORTS, Transport
from tests.browser.world import World
from tests.support.upstream import answer_query

_COOKIE = "session=1; Path=/cookies; Secure; HttpOnly; SameSite=None; Partitioned"
_SIGN_IN = Call(
    "/cookies/granted", credentials="include", answer=answer_query(more=(("set-cookie", _COOKIE),))
)

CREDENTIALS = [
    Case(
        "granted and wanted",
        SHOP,
        Call("/cookies/granted", credentials="include"),
        answered("GET", "with-credentials", cookie=True),
    ),
    Case(
        "granted and wanted, after a preflight, which carries none",
        SHOP,
        Call("/cookies/granted", "PUT", credentials="include"),
        after_preflight("with-credentials", answered("PUT", "with-credentials", cookie=True)),
    ),
    Case(
        "granted and not wanted",
        SHOP,
        Call("/cookies/granted", credentials="omit"),
        answered("GET", "with-credentials"),
    ),
    Case(
        "granted, and by default not sent to other origins",
        SHOP,
        Call("/cookies/granted"),
        answered("GET", "with-credentials"),
    ),
    Case(
        "not granted by the policy, though by the upstream",
        SHOP,
        Call("/cookies/not-granted", credentials="include"),
        kept_from_page(answered("GET", "without-credentials", cookie=True)),
    ),
    Case(
        "not granted by the policy, after a preflight, where the browser stops",
        SHOP,
        Call("/cookies/not-granted", "PUT", credentials="include"),
        Outcome(
            BLOCKED,
            ("OPTIONS 204",),
            (),
            (decided("allow", "preflight", policy="without-credentials"),),
        ),
    ),
    Case(
        "not granted and not wanted",
        SHOP,
        Call("/cookies/not-granted", credentials="omit"),
        answered("GET", "without-credentials"),
    ),
    Case(
        "not granted, as everybody is let in",
        SHOP,
        Call("/cookies/public", credentials="include"),
        kept_from_page(answered("GET", "public", cookie=True)),
    ),
    Case(
        "not wanted where everybody is let in",
        SHOP,
        Call("/cookies/public", credentials="omit"),
        answered("GET", "public"),
    ),
    Case(
        "wanted by a foreign origin",
        EVIL,
        Call("/cookies/granted", credentials="include"),
        refused("GET", "origin_not_allowed"),
    ),
]


@pytest.fixture(scope="module", params=TRANSPORTS, ids=str)
def signed_in(request: pytest.FixtureRequest, world: World) -> Transport:
    """A transport over which the shop's page has got its cookie."""
    transport: Transport = request.param
    seen = world.act(world.tab(SHOP), _SIGN_IN, transport)
    assert seen == answered("GET", "with-credentials")
    return transport


@pytest.mark.parametrize("case", CREDENTIALS, ids=str)
def test_cookies_need_the_page_and_the_policy(
    prove: Prove, case: Case, signed_in: Transport
) -> None:
    prove("Credentials", case, signed_in)
