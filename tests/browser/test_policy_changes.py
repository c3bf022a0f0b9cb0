"""The ConfigMap is swapped while a page is open: the page notices, and nothing is restarted."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.browser.call import Call, Outcome
from tests.browser.chromium import Tab
from tests.browser.expectation import (
    after_preflight,
    answered,
    one_after_the_other,
    preflight_refused,
    refused,
)
from tests.browser.matrix import Matrix, Row
from tests.browser.origins import HTTP2, SHOP
from tests.browser.world import World, page_path

_SET = (Path(__file__).parent / "policies_changing" / "set.yaml").read_text()
_WITHOUT_PUT = _SET.replace("[GET, PUT]", "[GET]")
_WITHOUT_SHOP = _SET.replace("https://shop.example.com", "https://partner.example.org")
_BROKEN = _SET.replace("allowedMethods", "allowedMethod")

_GET, _PUT, _PUT_ELSEWHERE = (
    Call("/changing"),
    Call("/changing", "PUT"),
    Call("/changing/2", "PUT"),
)
_ASKED_PUT = after_preflight("changing", answered("PUT", "changing"))


@pytest.fixture
def tab(world: World) -> Iterator[Tab]:
    """A page that stays open, with the first set in force."""
    world.changing.update(_SET)
    tab = world.chromium.open(SHOP + page_path())
    tab.run("() => { globalThis.openedOnce = true; }")
    yield tab
    assert tab.run("() => globalThis.openedOnce")
    tab.close()


def _act(world: World, tab: Tab, steps: Sequence[Call | str]) -> Outcome:
    """Let the page make the calls, and change the set where a text stands between them."""

    def act(probe: str) -> str:
        seen = []
        for step in steps:
            if isinstance(step, Call):
                result = tab.run(step.source, step.argument(HTTP2.api, probe))
                seen.append(step.describe(result))
            else:
                world.changing.update(step, "reload_failed" if step == _BROKEN else "reloaded")
        return "; ".join(seen)

    seen = world.observe(tab, act)
    return seen.outcome(seen.result)


def _row(title: str, calls: str, outcome: Outcome) -> Row:
    return Row("Policy changes", title, SHOP, calls, outcome)


def test_a_method_that_is_taken_out_is_refused_at_once(
    world: World, matrix: Matrix, tab: Tab
) -> None:
    seen = _act(world, tab, [_PUT, _WITHOUT_PUT, _PUT, _PUT_ELSEWHERE, _SET, _PUT_ELSEWHERE])
    assert seen == one_after_the_other(
        _ASKED_PUT,
        refused("PUT", "method_not_allowed", "changing"),
        preflight_refused("method_not_allowed", "changing"),
        _ASKED_PUT,
    )
    title = "a method is taken out, though its preflight is remembered, and put back"
    calls = f"{_PUT}; without PUT: {_PUT}; {_PUT_ELSEWHERE}; as before: {_PUT_ELSEWHERE}"
    matrix.add(_row(title, calls, seen), HTTP2.protocol)


def test_an_origin_that_is_taken_out_is_refused_at_once(
    world: World, matrix: Matrix, tab: Tab
) -> None:
    seen = _act(world, tab, [_GET, _PUT, _WITHOUT_SHOP, _GET, _PUT])
    assert seen == one_after_the_other(
        answered("GET", "changing"),
        _ASKED_PUT,
        refused("GET", "origin_not_allowed"),
        refused("PUT", "origin_not_allowed"),
    )
    title = "an origin is taken out, though its preflight is remembered"
    calls = f"{_GET}; {_PUT}; without this origin: {_GET}; {_PUT}"
    matrix.add(_row(title, calls, seen), HTTP2.protocol)


def test_a_set_with_mistakes_changes_nothing(world: World, matrix: Matrix, tab: Tab) -> None:
    seen = _act(world, tab, [_GET, _BROKEN, _GET])
    assert seen == one_after_the_other(answered("GET", "changing"), answered("GET", "changing"))
    title = "a set with a mistake is written"
    matrix.add(_row(title, f"{_GET}; with a mistake: {_GET}", seen), HTTP2.protocol)
