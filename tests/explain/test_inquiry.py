"""From the words of people to the request that Envoy would describe."""

import pytest

from cors_authz.policy.explain import InquiryError, make_inquiry
from cors_authz.policy.explain.inquiry import MAX_HEADERS, MAX_TEXT_LENGTH

URL = "https://api.example.com/orders/1"


@pytest.mark.parametrize(
    ("url", "scheme", "host", "path"),
    [
        ("https://api.example.com", "https", "api.example.com", "/"),
        ("HTTP://API.example.com:8080/a?b=c#d", "http", "API.example.com:8080", "/a?b=c"),
        ("https://user:secret@api.example.com/a", "https", "api.example.com", "/a"),
        ("https://api.example.com?b=c", "https", "api.example.com", "/?b=c"),
        ("https://[::1]:8443/", "https", "[::1]:8443", "/"),
        ("wss://api.example.com/live", "https", "api.example.com", "/live"),
        ("https://api.example.com/a/../b%2Fc", "https", "api.example.com", "/a/../b%2Fc"),
    ],
)
def test_a_url_gives_scheme_host_and_request_target(
    url: str, scheme: str, host: str, path: str
) -> None:
    request = make_inquiry(url).request
    assert (request.scheme, request.host, request.path) == (scheme, host, path)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "no absolute URL"),
        ("/orders", "no absolute URL"),
        ("api.example.com/orders", "no absolute URL"),
        ("ftp://api.example.com/", "no absolute URL"),
        ("https://api.example.com/a b", "a blank"),
        ("https://exämple.com/", "a blank"),
        ("https://api.example.com/\x1b[31m", "a blank"),
        ("https://api.example.com/" + "a" * MAX_TEXT_LENGTH, "no absolute URL"),
    ],
)
def test_what_is_no_url_is_refused(url: str, problem: str) -> None:
    with pytest.raises(InquiryError, match=problem) as caught:
        make_inquiry(url)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ([("x y", "")], "a header's name is none"),
        ([("", "")], "a header's name is none"),
        ([("x-a", "a" * (MAX_TEXT_LENGTH + 1))], "too long"),
        ([(f"x-{n}", "") for n in range(MAX_HEADERS + 1)], "more than 200 headers"),
    ],
)
def test_what_are_no_headers_is_refused(headers: list[tuple[str, str]], problem: str) -> None:
    with pytest.raises(InquiryError, match=problem):
        make_inquiry(URL, headers=headers)


def test_headers_that_only_browsers_set_become_facts_of_the_request() -> None:
    inquiry = make_inquiry(
        URL,
        headers=[
            ("Origin", "https://shop.example.com"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "cors"),
            ("Host", "other.example.com"),
            ("Cookie", "a=b"),
            ("X-Client", "1"),
            ("x-client", "2"),
        ],
    )
    request = inquiry.request
    assert request.origin == "https://shop.example.com"
    assert (request.sec_fetch_site, request.sec_fetch_mode) == ("cross-site", "cors")
    assert request.host == "other.example.com"
    assert inquiry.credentials
    assert inquiry.headers == (("x-client", "1,2"),)


def test_an_origin_of_its_own_stands_before_a_header() -> None:
    inquiry = make_inquiry(URL, origin="https://a.example", headers=[("origin", "https://b.test")])
    assert inquiry.request.origin == "https://a.example"


@pytest.mark.parametrize(
    ("url", "protocol", "expected"),
    [
        ("https://api.example.com", None, "HTTP/2"),
        ("http://api.example.com", None, "HTTP/1.1"),
        ("wss://api.example.com", None, "HTTP/1.1"),
        ("https://api.example.com", "HTTP/3", "HTTP/3"),
    ],
)
def test_the_protocol_is_what_a_browser_would_speak(
    url: str, protocol: str | None, expected: str
) -> None:
    assert make_inquiry(url, protocol=protocol).request.protocol == expected


def test_a_preflight_asks_for_method_and_unsafe_names_without_blanks() -> None:
    inquiry = make_inquiry(
        URL,
        method="PUT",
        origin="https://shop.example.com",
        headers=[("X-B", ""), ("authorization", "Bearer x"), ("accept", "*/*")],
    )
    preflight = inquiry.as_preflight()
    assert (preflight.method, preflight.requested_method) == ("OPTIONS", "PUT")
    assert preflight.requested_headers == "authorization,x-b"
    assert make_inquiry(URL, method="PUT").as_preflight().requested_headers is None


def test_values_of_headers_do_not_show_in_a_representation() -> None:
    assert "secret" not in repr(make_inquiry(URL, headers=[("authorization", "Bearer secret")]))
