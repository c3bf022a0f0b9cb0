"""The answer table of design section 4, row by row, through Envoy over every HTTP version."""

from typing import Any

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
    untouched,
)
from tests.support.exchange import Request
from tests.support.stack import CLIENTS, Stack

_DENIED_SHOP = Decided("deny", "actual", "method_not_allowed", "orders", "storefront")

ROWS = [
    pytest.param(
        preflight("orders.test", SHOP, "PUT", "authorization", "content-type"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "orders", "storefront"),
            allow_origin=SHOP,
            allow_credentials="true",
            allow_methods="GET, HEAD, POST, PUT",
            allow_headers="authorization, content-type",
            max_age="600",
        ),
        id="a preflight is told everything that is allowed",
    ),
    pytest.param(
        preflight("orders.test", "https://a.b.shop.example.com", "HEAD"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "orders", "storefront"),
            allow_origin="https://a.b.shop.example.com",
            allow_credentials="true",
            allow_methods="GET, HEAD, POST, PUT",
            allow_headers="authorization, content-type",
            max_age="600",
        ),
        id="a subdomain is told its own origin",
    ),
    pytest.param(
        preflight("catalogue.test", EVIL, "PATCH", "x-anything"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "catalogue", "anyone"),
            allow_origin="*",
            allow_methods="*",
            allow_headers="*",
            max_age="900",
        ),
        id="what is not limited is announced with stars",
    ),
    pytest.param(
        preflight("partners.test", PARTNER, "PATCH", "x-one", "X-Two"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "partners", "partner"),
            allow_origin=PARTNER,
            allow_credentials="true",
            allow_methods="PATCH",
            allow_headers="x-one, x-two, authorization",
            max_age="900",
        ),
        id="with credentials stars are spelled out",
    ),
    pytest.param(
        preflight("tokens.test", SHOP, "POST", "authorization", "x-any"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "tokens", "token"),
            allow_origin=SHOP,
            allow_methods="POST",
            allow_headers="*, authorization",
            max_age="900",
        ),
        id="authorization is announced beside the star",
    ),
    pytest.param(
        preflight("plain.test", SHOP, "GET"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "plain", "bare"),
            allow_origin=SHOP,
            allow_methods="GET, HEAD",
            max_age="900",
        ),
        id="no headers are announced where none are allowed",
    ),
    pytest.param(
        preflight("orders.test", EVIL, "PUT"),
        preflight_refused(Decided("deny", "preflight", "origin_not_allowed", "orders", None)),
        id="a preflight of a foreign origin is denied",
    ),
    pytest.param(
        preflight("orders.test", "https://shop.example.com.evil.net", "PUT"),
        preflight_refused(Decided("deny", "preflight", "origin_not_allowed", "orders", None)),
        id="a preflight of an origin that only starts like an allowed one is denied",
    ),
    pytest.param(
        preflight("orders.test", "http://shop.example.com", "PUT"),
        preflight_refused(Decided("deny", "preflight", "origin_not_allowed", "orders", None)),
        id="another scheme is another origin",
    ),
    pytest.param(
        preflight("orders.test", SHOP, "DELETE", "authorization"),
        preflight_refused(
            Decided("deny", "preflight", "method_not_allowed", "orders", "storefront")
        ),
        id="a preflight for a method that is not listed is denied",
    ),
    pytest.param(
        preflight("orders.test", SHOP, "put"),
        preflight_refused(
            Decided("deny", "preflight", "method_not_allowed", "orders", "storefront")
        ),
        id="methods are case-sensitive",
    ),
    pytest.param(
        preflight("orders.test", SHOP, "PUT", "content-type", "x-debug"),
        preflight_refused(
            Decided("deny", "preflight", "header_not_allowed", "orders", "storefront")
        ),
        id="a preflight for a header that is not listed is denied",
    ),
    pytest.param(
        preflight("catalogue.test", SHOP, "GET", "authorization"),
        preflight_refused(
            Decided("deny", "preflight", "header_not_allowed", "catalogue", "anyone")
        ),
        id="a star does not cover authorization",
    ),
    pytest.param(
        from_origin("orders.test", SHOP),
        passes(
            Decided("allow", "actual", "allowed", "orders", "storefront"),
            allow_origin=SHOP,
            allow_credentials="true",
            expose_headers="x-total, x-page",
        ),
        id="an actual request gets what its policy grants",
    ),
    pytest.param(
        from_origin("catalogue.test", EVIL, "PATCH"),
        passes(
            Decided("allow", "actual", "allowed", "catalogue", "anyone"),
            allow_origin="*",
            expose_headers="*",
        ),
        id="an actual request gets stars where everybody may read",
    ),
    pytest.param(
        from_origin("plain.test", SHOP),
        passes(Decided("allow", "actual", "allowed", "plain", "bare"), allow_origin=SHOP),
        id="credentials and exposed headers that we do not grant are taken back",
    ),
    pytest.param(
        from_origin("orders.test", EVIL, "POST"),
        refused(Decided("deny", "actual", "origin_not_allowed", "orders", None)),
        id="an actual request of a foreign origin is denied unreadably",
    ),
    pytest.param(
        from_origin("orders.test", "null"),
        refused(Decided("deny", "actual", "origin_not_allowed", "orders", None)),
        id="the null origin is a foreign one",
    ),
    pytest.param(
        from_origin("orders.test", SHOP, "DELETE"),
        refused(_DENIED_SHOP, allow_origin=SHOP, allow_credentials="true"),
        id="an actual request with a method that is not listed is denied readably",
    ),
    pytest.param(
        from_origin("orders.test", SHOP, "OPTIONS"),
        refused(_DENIED_SHOP, allow_origin=SHOP, allow_credentials="true"),
        id="OPTIONS without a requested method is an actual request",
    ),
    pytest.param(
        Request("orders.test"),
        passes(Decided("allow", "non_cors", "allowed", "orders", None)),
        id="a request without Origin passes without a grant",
    ),
    pytest.param(
        from_origin("orders.test", ""),
        passes(Decided("allow", "non_cors", "allowed", "orders", None)),
        id="an empty Origin is none",
    ),
    pytest.param(
        Request("browsers.test"),
        refused(Decided("deny", "non_cors", "origin_missing", "browsers", "browsers")),
        id="a request without the required Origin is denied",
    ),
    pytest.param(
        from_origin("orders.test", "null", "POST", "/", ("sec-fetch-site", "same-origin")),
        passes(Decided("allow", "same_origin", "allowed", "orders", None)),
        id="what the browser calls same-origin passes without a grant",
    ),
    pytest.param(
        from_origin("internal.test", EVIL, "GET", "/", ("sec-fetch-site", "same-origin")),
        refused(Decided("deny", "same_origin", "origin_not_allowed", "internal", None)),
        id="a group may hold same-origin requests to its policies",
    ),
    pytest.param(
        from_origin("orders.test", f"{SHOP}/"),
        refused(Decided("deny", "malformed", "origin_malformed", "orders", None)),
        id="an Origin that is no origin is denied",
    ),
    pytest.param(
        from_origin("elsewhere.test", EVIL),
        untouched(Decided("allow", "actual", "no_group", None, None)),
        id="what belongs to no group is left alone",
    ),
    pytest.param(
        Request("elsewhere.test"),
        untouched(Decided("allow", "non_cors", "no_group", None, None)),
        id="what belongs to no group and has no Origin is left alone",
    ),
]


@pytest.mark.parametrize("operator", ["recommended", "careless"])
@pytest.mark.parametrize("protocol", CLIENTS)
@pytest.mark.parametrize(("request_", "expected"), ROWS)
def test_the_answer_is_that_of_the_table(
    stack: Stack, request_: Request, expected: Expected, protocol: str, operator: str
) -> None:
    transport = "udp" if protocol == "HTTP/3" else "tcp"
    seen = stack.send(request_, listener=f"{operator} {transport}", protocol=protocol)
    stripped = operator == "recommended"
    assert facts(seen, request_) == expected.facts(request_, stripped=stripped)
    assert seen.decision is not None
    assert seen.decision["protocol"] == protocol


def test_an_unmatched_preflight_reaches_the_upstream(stack: Stack) -> None:
    asked = preflight("elsewhere.test", EVIL, "PUT")
    expected = untouched(Decided("allow", "preflight", "no_group", None, None))
    seen = stack.send(asked, listener="careless tcp")
    assert facts(seen, asked) == expected.facts(asked, stripped=False)


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(
            from_origin("orders.test", SHOP, "HEAD"),
            passes(
                Decided("allow", "actual", "allowed", "orders", "storefront"),
                allow_origin=SHOP,
                allow_credentials="true",
                expose_headers="x-total, x-page",
            ),
            id="HEAD is allowed where GET is",
        ),
        pytest.param(
            from_origin("tokens.test", SHOP, "HEAD"),
            refused(
                Decided("deny", "actual", "method_not_allowed", "tokens", "token"),
                allow_origin=SHOP,
            ),
            id="HEAD is not allowed where GET is not",
        ),
    ],
)
def test_head_goes_with_get(
    stack: Stack, request_: Request, expected: Expected, protocol: str
) -> None:
    seen = stack.send(request_, listener="careless tcp", protocol=protocol)
    assert facts(seen, request_) == expected.facts(request_, stripped=False)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("orders.test", "{scheme}://orders.test"),
        ("orders.test:8443", "{scheme}://orders.test:8443"),
        ("ORDERS.test", "{scheme}://orders.test"),
    ],
)
@pytest.mark.parametrize("protocol", CLIENTS)
def test_the_requests_own_origin_is_same_origin(
    stack: Stack, protocol: str, host: str, origin: str
) -> None:
    scheme, transport = ("https", "udp") if protocol == "HTTP/3" else ("http", "tcp")
    own = from_origin(host, origin.format(scheme=scheme), "DELETE")
    expected = passes(Decided("allow", "same_origin", "allowed", "orders", None))
    seen = stack.send(own, listener=f"careless {transport}", protocol=protocol)
    assert facts(seen, own) == expected.facts(own, stripped=False)


@pytest.mark.parametrize(
    "origin", ["https://orders.test", "http://orders.test:81", "http://www.orders.test"]
)
def test_another_scheme_port_or_host_is_cross_origin(stack: Stack, origin: str) -> None:
    foreign = from_origin("orders.test", origin)
    expected = refused(Decided("deny", "actual", "origin_not_allowed", "orders", None))
    seen = stack.send(foreign, listener="careless tcp")
    assert facts(seen, foreign) == expected.facts(foreign, stripped=False)


@pytest.mark.parametrize("allowed", CLIENTS)
@pytest.mark.parametrize("protocol", CLIENTS)
def test_a_policy_admits_the_http_versions_that_it_lists(
    stack: Stack, protocol: str, allowed: str
) -> None:
    group = {"HTTP/1.1": "http1", "HTTP/2": "http2", "HTTP/3": "http3"}[allowed]
    asked, actual = preflight(f"{group}.test", SHOP, "PUT"), from_origin(f"{group}.test", SHOP)
    listener = "careless udp" if protocol == "HTTP/3" else "careless tcp"
    if protocol == allowed:
        decided = Decided("allow", "actual", "allowed", group, group)
        expected = passes(decided, allow_origin=SHOP)
    else:
        decided = Decided("deny", "actual", "protocol_not_allowed", group, group)
        expected = refused(decided, allow_origin=SHOP)
        no = preflight_refused(Decided("deny", "preflight", decided.reason, group, group))
        seen = stack.send(asked, listener=listener, protocol=protocol)
        assert facts(seen, asked) == no.facts(asked, stripped=False)
    seen = stack.send(actual, listener=listener, protocol=protocol)
    assert facts(seen, actual) == expected.facts(actual, stripped=False)


def _line(seen_decision: dict[str, Any] | None) -> dict[str, Any]:
    assert seen_decision is not None
    return seen_decision


def test_log_metadata_and_envoy_agree_on_ids_and_revision(stack: Stack) -> None:
    seen = stack.send(
        from_origin("orders.test", SHOP, "GET", "/a?token=1"), listener="careless tcp"
    )
    line = _line(seen.decision)
    assert line["requestId"] == seen.access["requestId"]
    assert line["revision"] == seen.metadata["revision"]
    assert line["path"] == "/a"
    assert line["source"] == "127.0.0.1"
    assert line["tags"] == {"team": "web"}
    assert line["evaluated"] == [{"policy": "storefront", "outcome": "allowed"}]


def test_a_preflights_request_is_logged(stack: Stack) -> None:
    asked = preflight("orders.test", SHOP, "DELETE", "Authorization", "x-b")
    line = _line(stack.send(asked, listener="recommended tcp").decision)
    logged = {k: line[k] for k in ("origin", "method", "requestedMethod", "requestedHeaders")}
    assert logged == {
        "origin": SHOP,
        "method": "OPTIONS",
        "requestedMethod": "DELETE",
        "requestedHeaders": ["authorization", "x-b"],
    }
    assert line["status"] == 403
