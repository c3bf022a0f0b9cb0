"""What pages embed: module scripts, fonts, images, style sheets. Some of it needs CORS."""

import pytest

from tests.browser import actions
from tests.browser.expectation import Case, Prove, answered, refused, withheld
from tests.browser.origins import EVIL, SHOP, TRANSPORTS, Transport

_WITH_CORS = [
    (actions.module_script, "loaded"),
    (actions.script_with_crossorigin, "loaded"),
    (actions.style_sheet_with_crossorigin, "loaded"),
    (actions.font, "loaded"),
    (actions.image_with_crossorigin, "shown, pixels readable"),
]
_WITHOUT_CORS = [(actions.script, "loaded"), (actions.image, "shown, pixels hidden: SecurityError")]

RESOURCES = [
    *(
        Case("a listed origin", SHOP, make("/reader"), answered("GET", "reader", result))
        for make, result in _WITH_CORS
    ),
    *(
        Case("a foreign origin", EVIL, make("/reader"), refused("GET", "origin_not_allowed"))
        for make, _ in _WITH_CORS
    ),
    *(
        Case(
            "a foreign origin, headersOnly",
            EVIL,
            make("/headers-only"),
            withheld("GET", "origin_not_allowed"),
        )
        for make, _ in _WITH_CORS
    ),
    *(
        Case(
            "a foreign origin, without crossorigin: no Origin is sent",
            EVIL,
            make("/reader"),
            answered("GET", None, result, kind="non_cors"),
        )
        for make, result in _WITHOUT_CORS
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", RESOURCES, ids=lambda case: f"{case.call} for {case}")
def test_what_pages_embed_needs_a_grant_where_it_needs_cors(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Embedded resources", case, transport)
