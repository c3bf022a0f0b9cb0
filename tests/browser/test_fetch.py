"""Methods, request headers, exposed headers: a page calls ``fetch`` and gets its answer, or not."""

import pytest

from tests.browser.call import BLOCKED, Call, Outcome
from tests.browser.expectation import (
    Case,
    after_preflight,
    answered,
    decided,
    kept_from_page,
    preflight_refused,
    refused,
)
from tests.browser.matrix import Matrix, Row
from tests.browser.origins import EVIL, HTTP1, HTTP2, SHOP, Transport
from tests.browser.world import World

_JSON = (("content-type", "application/json"),)

METHODS = [
    Case("a simple GET", SHOP, Call("/storefront"), answered("GET", "storefront")),
    Case(
        "a simple GET from a foreign origin",
        EVIL,
        Call("/storefront"),
        refused("GET", "origin_not_allowed"),
    ),
    Case(
        "a simple POST",
        SHOP,
        Call("/storefront", "POST", body="a=1"),
        answered("POST", "storefront"),
    ),
    Case(
        "a simple POST from a foreign origin",
        EVIL,
        Call("/storefront", "POST", body="a=1"),
        refused("POST", "origin_not_allowed"),
    ),
]


@pytest.mark.parametrize("transport", [HTTP2, HTTP1], ids=lambda t: t.protocol)
@pytest.mark.parametrize("case", METHODS, ids=str)
def test_methods(world: World, matrix: Matrix, case: Case, transport: Transport) -> None:
    seen = world.call(world.tab(case.page), case.call, transport)
    assert seen == case.expected
    matrix.add(Row("Methods", case.title, case.page, str(case.call), seen), transport.protocol)
