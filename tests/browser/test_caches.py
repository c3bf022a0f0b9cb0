"""Caches, the browser's own and a shared one in front, hand no page what another one got.

Each danger is shown to be real, too: where the sidecar is not asked, the leak happens.
"""

import json

import pytest

from tests.browser import actions
from tests.browser.call import OPAQUE, Call, Outcome, Script
from tests.browser.expectation import (
    Journey,
    ProveJourney,
    answered,
    from_browsers_cache,
    one_after_the_other,
    refused,
)
from tests.browser.origins import API, CACHED_API, EVIL, HTTP2, SHOP, SIBLING, Transport
from tests.browser.world import World, page_path
from tests.support.upstream import answer_query

_CACHEABLE = (("cache-control", "max-age=60"),)
_PERSONAL = answer_query(more=_CACHEABLE, body="for {cookie}")
_COOKIE = ("set-cookie", "account=7; Path=/accounts; Secure; HttpOnly; SameSite=None")
_COOKIE_WITHOUT_CHECK = ("set-cookie", _COOKIE[1].replace("/accounts", "/unchecked"))

_SHARED = Transport(CACHED_API, "HTTP/1.1")

_READ = """async url => {
  try {
    const response = await fetch(url, INIT);
    return response.type === "opaque" ? "opaque" : `${response.status} ${await response.text()}`;
  } catch {
    return "blocked";
  }
}"""


def _read(path: str, answer: str = _PERSONAL, **init: str) -> Script:
    words = "; ".join(f"{name}: {value}" for name, value in init.items())
    return Script(f"GET ({words})", _READ.replace("INIT", json.dumps(init)), path, answer)


def _personally(path: str) -> tuple[tuple[str, Script], ...]:
    return (
        (SIBLING, _read(path, mode="no-cors", credentials="include")),
        (SIBLING, _read(path, mode="cors", credentials="omit")),
    )


@pytest.fixture(scope="module", autouse=True)
def _signed_in(world: World) -> None:
    """The API's own page gives the browser a cookie, which pages of the same site send along."""
    world.chromium.open(API + page_path(headers=(_COOKIE, _COOKIE_WITHOUT_CHECK))).close()


_SIBLING_FIRST = Journey(
    "a sibling's no-cors GET with cookies, then its CORS GET without them",
    _personally("/accounts"),
    one_after_the_other(
        answered("GET", None, OPAQUE, kind="non_cors", cookie=True),
        answered("GET", "public", "200 for no cookie"),
    ),
)
_SIBLING_FIRST_UNCHECKED = Journey(
    "the same where nobody checks: the page reads what is not for it",
    _personally("/unchecked"),
    Outcome("opaque; 200 for account=7", ("GET 200",), ("GET with cookie",), ()),
)

_FOR_ALL = answer_query(more=_CACHEABLE)
_FAMILY, _STOREFRONT = Call("/family", answer=_FOR_ALL), Call("/storefront", answer=_FOR_ALL)
BROWSERS_CACHE = [
    Journey(
        "the same page again: nothing is asked",
        ((SHOP, _FAMILY), (SHOP, _FAMILY)),
        one_after_the_other(answered("GET", "family"), from_browsers_cache()),
    ),
    Journey(
        "another listed origin of the same site gets an answer of its own",
        ((SHOP, _FAMILY), (SIBLING, _FAMILY)),
        one_after_the_other(answered("GET", "family"), answered("GET", "family")),
    ),
    Journey(
        "an origin of the same site that is not listed gets none",
        ((SHOP, _STOREFRONT), (SIBLING, _STOREFRONT)),
        one_after_the_other(answered("GET", "storefront"), refused("GET", "origin_not_allowed")),
    ),
    Journey(
        "a refusal is not kept",
        ((SIBLING, _STOREFRONT), (SHOP, _STOREFRONT)),
        one_after_the_other(refused("GET", "origin_not_allowed"), answered("GET", "storefront")),
    ),
    Journey(
        "a page's image without CORS, then the same with CORS",
        (
            (SHOP, actions.image("/storefront", _CACHEABLE)),
            (SHOP, actions.image_with_crossorigin("/storefront", _CACHEABLE)),
        ),
        one_after_the_other(
            answered("GET", None, "shown, pixels hidden: SecurityError", kind="non_cors"),
            answered("GET", "storefront", "shown, pixels readable"),
        ),
    ),
    _SIBLING_FIRST,
    _SIBLING_FIRST_UNCHECKED,
]


def _past_own_cache(path: str, mode: str) -> Script:
    """Nothing from the browser's cache, so that the shared one is seen at work."""
    return _read(path, mode=mode, credentials="omit", cache="no-store")


_READS = "200 for no cookie"
_FROM_SHARED_CACHE = Outcome(_READS, (), (), ())
"""The network is that behind the cache."""

SHARED_CACHE = [
    Journey(
        "the same page again: the upstream is not asked",
        ((SHOP, _past_own_cache("/family", "cors")), (SHOP, _past_own_cache("/family", "cors"))),
        one_after_the_other(answered("GET", "family", _READS), _FROM_SHARED_CACHE),
    ),
    Journey(
        "another listed origin gets an answer of its own",
        ((SHOP, _past_own_cache("/family", "cors")), (SIBLING, _past_own_cache("/family", "cors"))),
        one_after_the_other(answered("GET", "family", _READS), answered("GET", "family", _READS)),
    ),
    Journey(
        "a foreign origin is refused in between, which changes nothing",
        (
            (SHOP, _past_own_cache("/storefront", "cors")),
            (EVIL, _past_own_cache("/storefront", "cors")),
            (SHOP, _past_own_cache("/storefront", "cors")),
        ),
        one_after_the_other(
            answered("GET", "storefront", _READS),
            refused("GET", "origin_not_allowed"),
            _FROM_SHARED_CACHE,
        ),
    ),
    Journey(
        "a refusal is not kept",
        (
            (EVIL, _past_own_cache("/storefront", "cors")),
            (SHOP, _past_own_cache("/storefront", "cors")),
        ),
        one_after_the_other(
            refused("GET", "origin_not_allowed"), answered("GET", "storefront", _READS)
        ),
    ),
    Journey(
        "an answer without CORS is not read by a foreign origin",
        (
            (SHOP, _past_own_cache("/storefront", "no-cors")),
            (EVIL, _past_own_cache("/storefront", "cors")),
        ),
        one_after_the_other(
            answered("GET", None, OPAQUE, kind="non_cors"),
            refused("GET", "origin_not_allowed"),
        ),
    ),
    Journey(
        "the same where nobody checks: the foreign page reads it",
        (
            (SHOP, _past_own_cache("/unchecked", "no-cors")),
            (EVIL, _past_own_cache("/unchecked", "cors")),
        ),
        one_after_the_other(
            Outcome(OPAQUE, ("GET 200",), ("GET",), ()),
            _FROM_SHARED_CACHE,
        ),
    ),
]


@pytest.mark.parametrize("journey", BROWSERS_CACHE, ids=str)
def test_the_browsers_cache_serves_no_page_anothers_answer(
    prove_journey: ProveJourney, journey: Journey
) -> None:
    prove_journey("The browser's cache", journey, HTTP2)


@pytest.mark.parametrize("journey", SHARED_CACHE, ids=str)
def test_a_shared_cache_serves_no_page_anothers_answer(
    prove_journey: ProveJourney, journey: Journey
) -> None:
    prove_journey("A shared cache in front", journey, _SHARED)
