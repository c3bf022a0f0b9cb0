"""Groups with several policies: ``firstMatch`` and ``all``, overlapping and disjoint."""

import pytest

from tests.browser.call import BLOCKED, Call, Outcome
from tests.browser.expectation import (
    Case,
    Prove,
    after_preflight,
    answered,
    decided,
    kept_from_page,
    preflight_refused,
    refused,
)
from tests.browser.origins import EVIL, PARTNER, SHOP, SIBLING, TRANSPORTS, Transport
from tests.support.upstream import answer_query

_TOTALS = answer_query(more=(("x-total", "9"), ("x-page", "1")))
_CLIENT, _TRACE = ("x-client", "a"), ("x-trace", "a")

FIRST_MATCH = [
    Case(
        "overlapping: the first policy that accepts the origin grants",
        SHOP,
        Call("/overlapping", "PUT", answer=_TOTALS),
        after_preflight("shop-first", answered("PUT", "shop-first", "200, reads x-total")),
    ),
    Case(
        "overlapping: a wrong method there is no reason to ask the next",
        SHOP,
        Call("/overlapping"),
        refused("GET", "method_not_allowed", "shop-first"),
    ),
    Case(
        "overlapping: an origin that only the second accepts",
        SIBLING,
        Call("/overlapping", answer=_TOTALS),
        answered("GET", "partners", "200, reads x-page"),
    ),
    Case(
        "overlapping: an origin that none accepts",
        EVIL,
        Call("/overlapping"),
        refused("GET", "origin_not_allowed"),
    ),
    Case(
        "disjoint: an origin of the first",
        PARTNER,
        Call("/disjoint"),
        answered("GET", "partner-only"),
    ),
    Case(
        "disjoint: an origin of the second",
        SHOP,
        Call("/disjoint", "PUT"),
        after_preflight("shop-only", answered("PUT", "shop-only")),
    ),
    Case(
        "disjoint: what the other's origin may do",
        PARTNER,
        Call("/disjoint", "PUT"),
        preflight_refused("method_not_allowed", "partner-only"),
    ),
]

ALL = [
    Case(
        "what both allow",
        SHOP,
        Call("/together", "PUT", (_CLIENT,), answer=_TOTALS),
        after_preflight(None, answered("PUT", None, "200, reads x-page")),
    ),
    Case(
        "a method that only one allows",
        SHOP,
        Call("/together", "DELETE"),
        preflight_refused("method_not_allowed", "company"),
    ),
    Case(
        "a header that only one allows",
        SHOP,
        Call("/together", headers=(_TRACE,)),
        preflight_refused("header_not_allowed", "team"),
    ),
    Case(
        "credentials that only one allows",
        SHOP,
        Call("/together", credentials="include"),
        kept_from_page(answered("GET", None)),
    ),
    Case(
        "an origin that only one accepts",
        PARTNER,
        Call("/together"),
        Outcome(
            BLOCKED, ("GET 403",), (), (decided("deny", "actual", "origin_not_allowed", "team"),)
        ),
    ),
    Case(
        "an origin that neither accepts",
        EVIL,
        Call("/together"),
        Outcome(
            BLOCKED, ("GET 403",), (), (decided("deny", "actual", "origin_not_allowed", "company"),)
        ),
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", FIRST_MATCH, ids=str)
def test_the_first_policy_that_accepts_the_origin_decides(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("firstMatch", case, transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", ALL, ids=str)
def test_under_all_every_policy_has_to_agree(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("all", case, transport)
