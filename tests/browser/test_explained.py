"""What ``explain`` says of the browser is what a real one does: sends first, sends, lets read."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from cors_authz.config.load import load
from cors_authz.policy.browser import BrowserVerdict
from cors_authz.policy.explain import Explained, explain, make_inquiry
from tests.browser.call import Call
from tests.browser.chromium import Tab
from tests.browser.origins import EVIL, HTTP2, SHOP
from tests.browser.world import World

LOADED = load([Path(__file__).parent / "policies"]).loaded

PATHS = [
    "/storefront",
    "/reader",
    "/every-method",
    "/every-method-with-credentials",
    "/lower-case",
    "/every-header",
    "/every-header-and-token",
    "/every-header-with-credentials",
    "/public",
]
METHODS = ["GET", "POST", "PUT", "patch"]
HEADERS = [
    (),
    (("authorization", "Bearer x"),),
    (("content-type", "text/plain"), ("accept-language", "en-GB")),
    (("content-type", "application/json"), ("x-client", "1")),
    (("range", "bytes=0-10"),),
    (("accept", "text/html;q=(1)"),),
]
CREDENTIALS = ["same-origin", "include"]


def calls_of(path: str) -> Iterator[tuple[str, Call]]:
    for method, headers, credentials in product(METHODS, HEADERS, CREDENTIALS):
        yield SHOP, Call(path, method, headers, credentials=credentials)
    for method, headers in product(METHODS, HEADERS[:2]):
        yield EVIL, Call(path, method, headers)


def explained(page: str, call: Call) -> Explained:
    assert LOADED is not None
    inquiry = make_inquiry(
        f"{HTTP2.api}{call.path}",
        method=call.method,
        origin=page,
        headers=call.headers,
        credentials=call.credentials == "include",
    )
    return explain(LOADED.policy_set, inquiry)


@pytest.mark.parametrize("path", PATHS)
def test_a_real_browser_does_and_says_what_the_explanation_says(world: World, path: str) -> None:
    for page, call in calls_of(path):
        told = explained(page, call)
        tab = world.tab(page)
        seen = world.observe(tab, partial(act, tab, call))
        asked_first = seen.accesses[0]["method"] == "OPTIONS"
        assert asked_first is bool(told.asks_first), f"{page}: {call}"
        sent = len(seen.accesses) > asked_first
        assert sent is (told.browser.verdict is not BrowserVerdict.NOT_SENT), f"{page}: {call}"
        read = "status" in seen.result
        assert read is (told.browser.verdict is BrowserVerdict.READABLE), f"{page}: {call}"
        if told.browser.objection is not None:
            assert any(told.browser.message in line for line in seen.console), f"{page}: {call}"


def act(tab: Tab, call: Call, probe: str) -> Any:
    return tab.run(call.source, call.argument(HTTP2.api, probe))
