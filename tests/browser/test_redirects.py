"""Redirects: every hop is decided about for itself."""

import pytest

from tests.browser.call import BLOCKED, Call, Outcome
from tests.browser.expectation import Case, Prove, decided
from tests.browser.origins import API, EVIL, HTTP2, OTHER_API, SHOP, Transport
from tests.support.upstream import answer_query


def _to(target: str, status: int = 302) -> str:
    return answer_query(status, (("location", f"{target}?probe=PROBE"),))


_BY_STOREFRONT = decided("allow", "actual", policy="storefront")
_ASKED_STOREFRONT = decided("allow", "preflight", policy="storefront")
_FOREIGN = decided("deny", "actual", "origin_not_allowed")

REDIRECTS = [
    Case(
        "within the API",
        SHOP,
        Call("/storefront", answer=_to("/storefront/next")),
        Outcome("200", ("GET 302", "GET 200"), ("GET", "GET"), (_BY_STOREFRONT, _BY_STOREFRONT)),
    ),
    Case(
        "within the API, to a group that does not accept the page",
        SHOP,
        Call("/storefront", answer=_to("/any-port")),
        Outcome(BLOCKED, ("GET 302", "GET 403"), ("GET",), (_BY_STOREFRONT, _FOREIGN)),
    ),
    Case(
        "within the API, of a call that is asked for at each hop",
        SHOP,
        Call("/storefront", "PUT", answer=_to("/storefront/next", 307)),
        Outcome(
            "200",
            ("OPTIONS 204", "PUT 307", "OPTIONS 204", "PUT 200"),
            ("PUT", "PUT"),
            (_ASKED_STOREFRONT, _BY_STOREFRONT, _ASKED_STOREFRONT, _BY_STOREFRONT),
        ),
    ),
    Case(
        "to another API, where the Origin becomes null: it is not listed",
        SHOP,
        Call("/storefront", answer=_to(f"{OTHER_API}/exact")),
        Outcome(BLOCKED, ("GET 302", "GET 403"), ("GET",), (_BY_STOREFRONT, _FOREIGN)),
    ),
    Case(
        "to another API, where the Origin becomes null: it is listed",
        SHOP,
        Call("/storefront", answer=_to(f"{OTHER_API}/null")),
        Outcome(
            "200",
            ("GET 302", "GET 200"),
            ("GET", "GET"),
            (_BY_STOREFRONT, decided("allow", "actual", policy="null")),
        ),
    ),
    Case(
        "back to the page's own origin, where the Origin is null as well",
        SHOP,
        Call("/storefront", answer=_to(f"{SHOP}/exact")),
        Outcome(BLOCKED, ("GET 302", "GET 403"), ("GET",), (_BY_STOREFRONT, _FOREIGN)),
    ),
    Case(
        "from an API that does not accept the page: it is not followed",
        EVIL,
        Call("/storefront", answer=_to("/public")),
        Outcome(BLOCKED, ("GET 403",), (), (_FOREIGN,)),
    ),
    Case(
        "headersOnly: it is not followed either",
        EVIL,
        Call("/headers-only", answer=_to("/public")),
        Outcome(
            BLOCKED,
            ("GET 302",),
            ("GET",),
            (decided("withhold", "actual", "origin_not_allowed"),),
        ),
    ),
]

_AWAY = Case(
    "from the page's own origin to the API, where the Origin stays",
    SHOP,
    Call("/storefront", answer=_to(f"{API}/storefront")),
    Outcome(
        "200",
        ("GET 302", "GET 200"),
        ("GET", "GET"),
        (decided("allow", "non_cors"), _BY_STOREFRONT),
    ),
)


@pytest.mark.parametrize("case", REDIRECTS, ids=str)
def test_every_hop_of_a_redirect_is_decided_about(prove: Prove, case: Case) -> None:
    prove("Redirects", case, HTTP2)


def test_a_redirect_from_the_pages_own_origin_keeps_its_origin(prove: Prove) -> None:
    prove("Redirects", _AWAY, Transport(SHOP, "HTTP/2"))
