"""Pages whose Origin is ``null``: sandboxed frames, ``data:`` pages, and redirects."""

import pytest

from tests.browser.call import Call
from tests.browser.chromium import Tab
from tests.browser.expectation import (
    Case,
    Prove,
    after_preflight,
    answered,
    preflight_refused,
    refused,
)
from tests.browser.origins import SHOP, TRANSPORTS, Transport
from tests.browser.world import World, page_path

_SANDBOXED, _DATA = "null (a sandboxed frame)", "null (a data: page)"
_FRAME = "box"
_PAGE_WITH_FRAME = (
    "<!doctype html><title>A page with a frame</title><link rel=icon href=data:,>"
    f"<iframe name={_FRAME} sandbox=allow-scripts srcdoc='<!doctype html>'></iframe>"
)
_DATA_PAGE = "data:text/html,<!doctype html><title>A page without an address</title>"


@pytest.fixture(scope="module")
def tabs(world: World) -> dict[str, tuple[Tab, str | None]]:
    """A tab for each way to come by the Origin ``null``, and the frame to act in."""
    return {
        _SANDBOXED: (world.chromium.open(SHOP + page_path(_PAGE_WITH_FRAME)), _FRAME),
        _DATA: (world.chromium.open(_DATA_PAGE), None),
    }


def _cases(page: str) -> list[Case]:
    return [
        Case("where it is listed", page, Call("/null"), answered("GET", "null")),
        Case(
            "where it is listed, after a preflight",
            page,
            Call("/null", headers=(("x-client", "a"),)),
            after_preflight("null", answered("GET", "null")),
        ),
        Case(
            "where it is listed, with credentials",
            page,
            Call("/null-with-credentials", credentials="include"),
            answered("GET", "null-with-credentials"),
        ),
        Case("where it is not listed", page, Call("/exact"), refused("GET", "origin_not_allowed")),
        Case(
            "where it is not listed, after a preflight",
            page,
            Call("/exact", headers=(("x-client", "a"),)),
            preflight_refused("origin_not_allowed"),
        ),
        Case("where everybody is let in", page, Call("/public"), answered("GET", "public")),
    ]


CASES = [*_cases(_SANDBOXED), *_cases(_DATA)]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page} {case}")
def test_null_is_an_origin_like_any_other(
    prove: Prove, tabs: dict[str, tuple[Tab, str | None]], case: Case, transport: Transport
) -> None:
    tab, frame = tabs[case.page]
    prove("Origin null", case, transport, tab=tab, frame=frame)
