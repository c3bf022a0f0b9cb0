"""What a request is to CORS: the first kind that fits."""

import pytest

from cors_authz.policy.classify import classify
from cors_authz.policy.terms import Kind, Reason
from tests.policy.asking import HANDSHAKE, PREFLIGHT, ask

SAME_ORIGIN = {"origin": "https://api.example.com"}
FROM_PAGE = {"sec_fetch_mode": "cors", "sec_fetch_site": "cross-site"}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        pytest.param({}, Kind.ACTUAL, id="anything with an Origin"),
        pytest.param({"origin": "null"}, Kind.ACTUAL, id="null is an origin"),
        pytest.param({"origin": None}, Kind.NON_CORS, id="no Origin"),
        pytest.param({"origin": ""}, Kind.NON_CORS, id="empty Origin"),
        pytest.param({"origin": "", **PREFLIGHT}, Kind.NON_CORS, id="preflight without Origin"),
        pytest.param({"origin": None, **HANDSHAKE}, Kind.NON_CORS, id="handshake without Origin"),
        pytest.param(
            {"origin": None, "sec_fetch_site": "same-origin"}, Kind.NON_CORS, id="own GET"
        ),
        pytest.param(SAME_ORIGIN, Kind.SAME_ORIGIN, id="own origin"),
        pytest.param({**SAME_ORIGIN, **PREFLIGHT}, Kind.SAME_ORIGIN, id="own preflight"),
        pytest.param({**SAME_ORIGIN, **HANDSHAKE}, Kind.SAME_ORIGIN, id="own handshake"),
        pytest.param({"sec_fetch_site": "same-origin"}, Kind.SAME_ORIGIN, id="TLS ends before us"),
        pytest.param(
            {"origin": "null", "sec_fetch_site": "same-origin"}, Kind.SAME_ORIGIN, id="form post"
        ),
        pytest.param(PREFLIGHT, Kind.PREFLIGHT, id="preflight"),
        pytest.param({**PREFLIGHT, **HANDSHAKE}, Kind.PREFLIGHT, id="preflight before handshake"),
        pytest.param({"method": "OPTIONS"}, Kind.ACTUAL, id="OPTIONS without requested method"),
        pytest.param(
            {"method": "OPTIONS", "requested_method": ""}, Kind.ACTUAL, id="empty requested method"
        ),
        pytest.param({"method": "GET", "requested_method": "PUT"}, Kind.ACTUAL, id="not OPTIONS"),
        pytest.param({**PREFLIGHT, "method": "options"}, Kind.ACTUAL, id="methods have a case"),
        pytest.param(HANDSHAKE, Kind.WEBSOCKET, id="handshake"),
        pytest.param({"upgrade": "WebSocket"}, Kind.WEBSOCKET, id="upgrades have no case"),
        pytest.param({"upgrade": "h2c, websocket"}, Kind.WEBSOCKET, id="one upgrade of several"),
        pytest.param({"upgrade": "h2c"}, Kind.ACTUAL, id="another upgrade"),
        pytest.param({"upgrade": "websockets"}, Kind.ACTUAL, id="nearly an upgrade"),
        pytest.param({"origin": "https://a.example/"}, Kind.MALFORMED, id="no origin"),
        pytest.param({"host": "a b", "origin": None}, Kind.MALFORMED, id="no host"),
        pytest.param(
            {"origin": "nonsense", "sec_fetch_site": "same-origin"}, Kind.MALFORMED, id="first row"
        ),
        pytest.param({"requested_method": "GET,PUT"}, Kind.MALFORMED, id="two requested methods"),
    ],
)
def test_the_first_kind_that_fits(fields: dict[str, str | None], kind: Kind) -> None:
    assert classify(ask(**fields)).kind is kind


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "same"),
    [
        ("https", "api.example.com", "https://api.example.com", True),
        ("https", "API.example.com", "https://api.example.com", True),
        ("https", "api.example.com:443", "https://api.example.com", True),
        ("https", "api.example.com", "https://api.example.com:443", True),
        ("http", "api.example.com:80", "http://api.example.com", True),
        ("http", "[::1]:8080", "http://[::1]:8080", True),
        ("https", "api.example.com.", "https://api.example.com.", True),
        ("https", "api.example.com:8443", "https://api.example.com", False),
        ("https", "api.example.com", "https://api.example.com:8443", False),
        ("http", "api.example.com", "https://api.example.com", False),
        ("https", "api.example.com", "http://api.example.com", False),
        ("https", "api.example.com:80", "https://api.example.com", False),
        ("http", "api.example.com:443", "https://api.example.com", False),
        ("https", "api.example.com", "https://api.example.com.", False),
        ("https", "api.example.com.", "https://api.example.com", False),
        ("https", "api.example.com", "https://shop.api.example.com", False),
        ("", "api.example.com", "https://api.example.com", False),
        ("HTTPS", "api.example.com", "https://api.example.com", False),
        ("", "null", "null", False),
    ],
)
def test_same_origin_means_same_scheme_host_and_port(
    scheme: str, host: str, origin: str, *, same: bool
) -> None:
    kind = classify(ask(scheme=scheme, host=host, origin=origin)).kind

    assert (kind is Kind.SAME_ORIGIN) is same


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none", "", "same-origin,same-origin"])
def test_no_other_fetch_site_makes_a_request_same_origin(site: str) -> None:
    assert classify(ask(sec_fetch_site=site)).kind is Kind.ACTUAL


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"origin": "https://a.example,https://b.example"}, Reason.ORIGIN_MALFORMED),
        ({"origin": "https://" + "a" * 505}, Reason.LIMIT_EXCEEDED),
        ({"origin": "x" * 60_000}, Reason.LIMIT_EXCEEDED),
        ({"origin": "x" * 513, "host": ""}, Reason.LIMIT_EXCEEDED),
        ({"host": ""}, Reason.REQUEST_MALFORMED),
        ({"host": "a.example,b.example"}, Reason.REQUEST_MALFORMED),
        ({"host": "user@a.example", "origin": None}, Reason.REQUEST_MALFORMED),
        ({"requested_method": "GET,PUT"}, Reason.REQUEST_MALFORMED),
        ({"requested_method": "P" * 65}, Reason.LIMIT_EXCEEDED),
        ({"requested_method": "," * 60_000}, Reason.LIMIT_EXCEEDED),
        ({"requested_method": "P" * 65, "origin": None}, Reason.LIMIT_EXCEEDED),
        ({"requested_method": "P" * 65, "host": ""}, Reason.REQUEST_MALFORMED),
        ({"requested_method": "GET\n", "origin": None}, Reason.REQUEST_MALFORMED),
        ({**PREFLIGHT, "requested_headers": "a b"}, Reason.REQUEST_MALFORMED),
        ({**PREFLIGHT, "requested_headers": "x" * 4097}, Reason.LIMIT_EXCEEDED),
        ({"requested_headers": "a b"}, None),
        ({}, None),
    ],
)
def test_what_cannot_be_judged_has_a_fault(
    fields: dict[str, str | None], fault: Reason | None
) -> None:
    assert classify(ask(**fields)).fault is fault


def test_a_requested_method_at_the_limit_is_judged() -> None:
    classified = classify(ask(method="OPTIONS", requested_method="P" * 64))

    assert (classified.kind, classified.fault) == (Kind.PREFLIGHT, None)


@pytest.mark.parametrize("length", [511, 512])
def test_an_origin_at_the_limit_is_parsed(length: int) -> None:
    origin = "x" * (length - len("://a.example")) + "://a.example"

    classified = classify(ask(origin=origin))

    assert len(origin) == length
    assert classified.origin is not None
    assert classified.fault is None


@pytest.mark.parametrize(
    ("fields", "removed"),
    [
        ({"origin": None, **FROM_PAGE}, True),
        ({"origin": "", **FROM_PAGE}, True),
        ({"origin": None, **FROM_PAGE, "sec_fetch_site": "same-site"}, True),
        ({"origin": None, **FROM_PAGE, "sec_fetch_mode": "websocket"}, True),
        ({"origin": None, **PREFLIGHT}, True),
        ({"origin": None, **FROM_PAGE, "sec_fetch_site": "same-origin"}, False),
        ({"origin": None, **FROM_PAGE, "sec_fetch_site": "none"}, False),
        ({"origin": None, **FROM_PAGE, "sec_fetch_mode": "no-cors"}, False),
        ({"origin": None, **FROM_PAGE, "sec_fetch_mode": "navigate"}, False),
        ({"origin": None, "method": "OPTIONS"}, False),
        ({"origin": None}, False),
        (FROM_PAGE, False),
        (PREFLIGHT, False),
    ],
)
def test_an_origin_that_a_browser_sent_and_that_is_gone_was_removed(
    fields: dict[str, str | None], *, removed: bool
) -> None:
    assert classify(ask(**fields)).origin_removed is removed


def test_a_preflight_knows_what_it_asks_for() -> None:
    asked = classify(ask(**PREFLIGHT, requested_headers="X-One, authorization,"))
    elsewhere = classify(ask(requested_headers="x-one"))

    assert asked.requested_headers == ("x-one", "authorization")
    assert elsewhere.requested_headers == ()
