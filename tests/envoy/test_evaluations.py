"""How the ordered policies of a group combine, through Envoy: ``firstMatch`` and ``all``."""

import pytest

from tests.envoy.expectation import (
    EVIL,
    PARTNER,
    SHOP,
    Decided,
    Expected,
    facts,
    from_origin,
    passes,
    preflight,
    preflight_granted,
    preflight_refused,
    refused,
)
from tests.support.exchange import Request
from tests.support.stack import Stack

_BLOG = "https://blog.example.com"

FIRST_MATCH = [
    pytest.param(
        from_origin("ordered.test", PARTNER, "PUT"),
        passes(
            Decided("allow", "actual", "allowed", "ordered", "writers"),
            allow_origin=PARTNER,
            allow_credentials="true",
        ),
        ["writers: allowed"],
        id="the first policy that accepts the origin decides",
    ),
    pytest.param(
        from_origin("ordered.test", EVIL),
        passes(Decided("allow", "actual", "allowed", "ordered", "readers"), allow_origin="*"),
        ["writers: origin_not_allowed", "readers: allowed"],
        id="an origin that the first does not accept falls through",
    ),
    pytest.param(
        from_origin("ordered.test", PARTNER, "POST"),
        refused(
            Decided("deny", "actual", "method_not_allowed", "ordered", "writers"),
            allow_origin=PARTNER,
            allow_credentials="true",
        ),
        ["writers: method_not_allowed"],
        id="a wrong method is a denial, not a fall-through",
    ),
    pytest.param(
        from_origin("ordered.test", EVIL, "PUT"),
        refused(
            Decided("deny", "actual", "method_not_allowed", "ordered", "readers"),
            allow_origin="*",
        ),
        ["writers: origin_not_allowed", "readers: method_not_allowed"],
        id="the later policy does not lend the earlier one's methods",
    ),
    pytest.param(
        preflight("ordered.test", EVIL, "GET"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "ordered", "readers"),
            allow_origin="*",
            allow_methods="GET, HEAD",
            max_age="900",
        ),
        ["writers: origin_not_allowed", "readers: allowed"],
        id="a preflight is told what the deciding policy allows alone",
    ),
    pytest.param(
        from_origin("orders.test", EVIL),
        refused(Decided("deny", "actual", "origin_not_allowed", "orders", None)),
        ["storefront: origin_not_allowed"],
        id="where none accepts the origin no policy is named",
    ),
]

ALL = [
    pytest.param(
        preflight("layered.test", SHOP, "POST", "content-type"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "layered", None),
            allow_origin=SHOP,
            allow_methods="HEAD, POST",
            allow_headers="authorization, content-type",
            max_age="300",
        ),
        ["company: allowed", "team: allowed"],
        id="what is announced is the intersection, HEAD added before",
    ),
    pytest.param(
        from_origin("layered.test", SHOP, "POST"),
        passes(
            Decided("allow", "actual", "allowed", "layered", None),
            allow_origin=SHOP,
            expose_headers="x-page",
        ),
        ["company: allowed", "team: allowed"],
        id="credentials only if every policy grants them",
    ),
    pytest.param(
        from_origin("layered.test", SHOP, "GET"),
        refused(
            Decided("deny", "actual", "method_not_allowed", "layered", "team"),
            allow_origin=SHOP,
        ),
        ["company: allowed", "team: method_not_allowed"],
        id="a denial is readable where every policy accepts the origin",
    ),
    pytest.param(
        from_origin("layered.test", SHOP, "DELETE"),
        refused(
            Decided("deny", "actual", "method_not_allowed", "layered", "company"),
            allow_origin=SHOP,
        ),
        ["company: method_not_allowed"],
        id="the first denial ends it, readable if later policies accept the origin too",
    ),
    pytest.param(
        from_origin("layered.test", _BLOG, "DELETE"),
        refused(Decided("deny", "actual", "method_not_allowed", "layered", "company")),
        ["company: method_not_allowed"],
        id="unreadable if a later policy would not accept the origin",
    ),
    pytest.param(
        from_origin("layered.test", _BLOG, "POST"),
        refused(Decided("deny", "actual", "origin_not_allowed", "layered", "team")),
        ["company: allowed", "team: origin_not_allowed"],
        id="every policy has to accept the origin",
    ),
    pytest.param(
        preflight("layered.test", SHOP, "POST", "x-trace"),
        preflight_refused(Decided("deny", "preflight", "header_not_allowed", "layered", "team")),
        ["company: allowed", "team: header_not_allowed"],
        id="every policy has to allow the requested headers",
    ),
    pytest.param(
        preflight("sessions.test", SHOP, "PUT", "x-trace"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "sessions", None),
            allow_origin=SHOP,
            allow_credentials="true",
            allow_methods="GET, HEAD, POST, PUT",
            allow_headers="x-trace, content-type",
            max_age="900",
        ),
        ["company: allowed", "session: allowed"],
        id="a star lets the other's names through, but not authorization",
    ),
    pytest.param(
        from_origin("sessions.test", SHOP),
        passes(
            Decided("allow", "actual", "allowed", "sessions", None),
            allow_origin=SHOP,
            allow_credentials="true",
        ),
        ["company: allowed", "session: allowed"],
        id="nothing is exposed that one policy does not expose",
    ),
    pytest.param(
        preflight("open.test", EVIL, "POST", "content-type"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "open", None),
            allow_origin="*",
            allow_methods="GET, HEAD, POST",
            allow_headers="content-type",
            max_age="900",
        ),
        ["baseline: allowed", "listing: allowed"],
        id="the origin is a star where all accept every origin",
    ),
]


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
@pytest.mark.parametrize(("request_", "expected", "evaluated"), [*FIRST_MATCH, *ALL])
def test_ordered_policies_combine(
    stack: Stack, request_: Request, expected: Expected, evaluated: list[str], protocol: str
) -> None:
    seen = stack.send(request_, listener="careless tcp", protocol=protocol)
    assert facts(seen, request_) == expected.facts(request_, stripped=False)
    assert seen.decision is not None
    assert [f"{e['policy']}: {e['outcome']}" for e in seen.decision["evaluated"]] == evaluated


def test_all_policies_have_to_admit_the_http_version(stack: Stack) -> None:
    posted = from_origin("layered.test", SHOP, "POST")
    expected = refused(
        Decided("deny", "actual", "protocol_not_allowed", "layered", "team"), allow_origin=SHOP
    )
    seen = stack.send(posted, listener="careless udp", protocol="HTTP/3")
    assert facts(seen, posted) == expected.facts(posted, stripped=False)
