"""Several tabs of different origins at once: each gets its own answers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.browser.call import Call
from tests.browser.expectation import Case, answered, refused
from tests.browser.matrix import Matrix, Row
from tests.browser.origins import EVIL, HTTP2, PARTNER, SHOP, SIBLING
from tests.browser.world import World
from tests.support.upstream import answer_query

_CALLS_EACH = 5
_SLOWLY = answer_query(more=(("x-total", "9"), ("x-page", "1")), pieces=("one", "two", "three"))
_POST = Call("/overlapping", "POST", body="a", answer=_SLOWLY)

AT_ONCE = [
    Case("", SHOP, _POST, answered("POST", "shop-first", "200, reads x-total")),
    Case("", SIBLING, _POST, refused("POST", "method_not_allowed", "partners")),
    Case("", PARTNER, _POST, refused("POST", "method_not_allowed", "partners")),
    Case("", EVIL, _POST, refused("POST", "origin_not_allowed")),
]


def test_tabs_of_different_origins_do_not_disturb_each_other(world: World, matrix: Matrix) -> None:
    tabs = [world.tab(case.page) for case in AT_ONCE]

    def act_at_once(probe: str) -> list[list[str]]:
        """Each tab makes all its calls before any has ended."""
        url = _POST.argument(HTTP2.api, probe)
        source = f"""argument => Promise.all(
          Array.from({{ length: {_CALLS_EACH} }}, () => ({_POST.source})(argument)))"""
        with ThreadPoolExecutor(len(tabs)) as threads:
            results = threads.map(lambda tab: tab.run(source, url), tabs)
        return [[_POST.describe(result) for result in of_tab] for of_tab in results]

    seen = world.observe(tabs[0], act_at_once)
    outcome = seen.outcome("")
    assert seen.result == [[case.expected.page] * _CALLS_EACH for case in AT_ONCE]
    for part in ("network", "upstream", "decisions"):
        expected = [entry for case in AT_ONCE for entry in getattr(case.expected, part)]
        assert Counter(getattr(outcome, part)) == Counter(expected * _CALLS_EACH)
    for case in AT_ONCE:
        title = f"{_CALLS_EACH} calls each, in four tabs at once"
        matrix.add(Row("Several tabs", title, case.page, str(_POST), case.expected), HTTP2.protocol)
