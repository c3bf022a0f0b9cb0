"""The Origin header is parsed strictly, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.origin import NULL_ORIGIN, Origin, parse_origin


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port"),
    [
        ("https://shop.example.com", "https", "shop.example.com", None),
        ("http://localhost:3000", "http", "localhost", 3000),
        ("https://shop.example.com.", "https", "shop.example.com.", None),
        ("https://xn--mnchen-3ya.example", "https", "xn--mnchen-3ya.example", None),
        ("http://[::1]:8080", "http", "[::1]", 8080),
        ("https://shop.example.com:443", "https", "shop.example.com", 443),
        ("chrome-extension://abcdefghijklmnop", "chrome-extension", "abcdefghijklmnop", None),
        ("a+b-c.1://x", "a+b-c.1", "x", None),
    ],
)
def test_a_serialised_origin_is_parsed(text: str, scheme: str, host: str, port: int | None) -> None:
    assert parse_origin(text) == Origin(text, scheme, host, port)


def test_null_is_the_opaque_origin() -> None:
    origin = parse_origin("null")

    assert origin is NULL_ORIGIN
    assert origin.is_null


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("NULL", id="null in capitals"),
        pytest.param("null ", id="null with a blank"),
        pytest.param("null,null", id="null twice"),
        pytest.param("https://a.example,https://b.example", id="two lines joined"),
        pytest.param("https://a.example https://b.example", id="two origins (RFC 6454)"),
        pytest.param(" https://a.example", id="leading blank"),
        pytest.param("https://a.example ", id="trailing blank"),
        pytest.param("https://a.example\n", id="trailing line feed"),
        pytest.param("https://a.example\r\nx: y", id="header injection"),
        pytest.param("https://a.example\0", id="NUL"),
        pytest.param("HTTPS://a.example", id="scheme in capitals"),
        pytest.param("https://A.example", id="host in capitals"),
        pytest.param("https://ä.example", id="beyond ASCII"),
        pytest.param("https://\u212a.example", id="letter that lowers to ASCII"),
        pytest.param("https://user@a.example", id="userinfo"),
        pytest.param("https://user:pw@a.example", id="userinfo with password"),
        pytest.param("https://a.example/", id="trailing slash"),
        pytest.param("https://a.example/path", id="path"),
        pytest.param("https://a.example?q", id="query"),
        pytest.param("https://a.example#f", id="fragment"),
        pytest.param("https://a.example\\", id="backslash"),
        pytest.param("https://a.example:", id="empty port"),
        pytest.param("https://a.example:0443", id="port with leading zero"),
        pytest.param("https://a.example:99999", id="port too large"),
        pytest.param("https://a.example:*", id="port wildcard"),
        pytest.param("https://*.a.example", id="host wildcard"),
        pytest.param("*", id="star"),
        pytest.param("https://", id="no host"),
        pytest.param("://a.example", id="no scheme"),
        pytest.param("//a.example", id="relative"),
        pytest.param("1https://a.example", id="scheme with leading digit"),
        pytest.param("https:/a.example", id="one slash"),
        pytest.param("https:///a.example", id="three slashes"),
        pytest.param("a.example", id="bare domain"),
        pytest.param("file://", id="file without host"),
        pytest.param("https://[::1", id="bracket not closed"),
        pytest.param("https://a!.example", id="sign in the host"),
        pytest.param("https://!.com", id="Envoy's stand-in for bytes that are no UTF-8"),
        pytest.param("data:text/html,x", id="data URL"),
    ],
)
def test_what_no_browser_serialises_is_no_origin(text: str) -> None:
    assert parse_origin(text) is None


@given(st.text(st.characters(max_codepoint=0x17F), max_size=30).map("https://".__add__))
def test_an_origin_that_parses_is_safe_to_send_back(text: str) -> None:
    origin = parse_origin(text)

    if origin is not None:
        assert origin.text == text
        assert all("!" <= character <= "~" and character not in ',;"\\' for character in text)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("https://a.example", 443),
        ("http://a.example", 80),
        ("https://a.example:8443", 8443),
        ("chrome-extension://a", None),
    ],
)
def test_the_effective_port_is_the_one_written_or_the_default(text: str, port: int | None) -> None:
    origin = parse_origin(text)

    assert origin is not None
    assert origin.effective_port == port
