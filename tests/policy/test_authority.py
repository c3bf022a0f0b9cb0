"""Hosts and ports as they stand in an Origin or a Host header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.authority import (
    Authority,
    canonical_ip,
    parse_authority,
    parse_host_header,
)

LABEL = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
NAME = st.lists(LABEL, min_size=1, max_size=5).map(".".join)
IPV6 = st.ip_addresses(v=6).map("[{}]".format)
PORT = st.one_of(st.none(), st.integers(0, 65535))


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("example.com", "example.com", None),
        ("example.com:0", "example.com", 0),
        ("example.com:65535", "example.com", 65535),
        ("example.com.", "example.com.", None),
        ("example.com.:443", "example.com.", 443),
        ("localhost", "localhost", None),
        ("under_score.-dash-.example", "under_score.-dash-.example", None),
        ("192.0.2.1:80", "192.0.2.1", 80),
        ("[::1]", "[::1]", None),
        ("[2001:db8::192.0.2.1]:8443", "[2001:db8::192.0.2.1]", 8443),
        ("a" * 63 + ".b", "a" * 63 + ".b", None),
        ("a." * 126 + "a", "a." * 126 + "a", None),
        ("a." * 126 + "a.", "a." * 126 + "a.", None),
    ],
)
def test_a_host_with_an_optional_port_is_parsed(text: str, host: str, port: int | None) -> None:
    assert parse_authority(text) == Authority(host, port)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(".", id="only a dot"),
        pytest.param(".example.com", id="leading dot"),
        pytest.param("example..com", id="empty label"),
        pytest.param("example.com..", id="two trailing dots"),
        pytest.param("Example.com", id="upper case"),
        pytest.param("exämple.com", id="beyond ASCII"),
        pytest.param("example.com:٣", id="digit beyond ASCII"),
        pytest.param("user@example.com", id="userinfo"),
        pytest.param("example.com/", id="path"),
        pytest.param("a.example,b.example", id="two hosts joined"),
        pytest.param(" example.com", id="leading blank"),
        pytest.param("example.com\n", id="trailing line feed"),
        pytest.param("ex%61mple.com", id="escape"),
        pytest.param("*.example.com", id="wildcard"),
        pytest.param("example.com:", id="empty port"),
        pytest.param("example.com:080", id="port with leading zero"),
        pytest.param("example.com:65536", id="port too large"),
        pytest.param("example.com:-1", id="negative port"),
        pytest.param("example.com:80:80", id="two ports"),
        pytest.param("::1", id="IPv6 without brackets"),
        pytest.param("[::1", id="bracket not closed"),
        pytest.param("[::1]]", id="bracket closed twice"),
        pytest.param("[::1]x", id="text after the bracket"),
        pytest.param("[::g]", id="no IPv6"),
        pytest.param("[192.0.2.1]", id="IPv4 in brackets"),
        pytest.param("[fe80::1%eth0]", id="zone"),
        pytest.param("a" * 64 + ".example", id="label too long"),
        pytest.param("a." * 127 + "a", id="name too long"),
        pytest.param("a." * 30_000 + "!", id="60 KB"),
    ],
)
def test_what_is_no_host_with_an_optional_port_is_refused(text: str) -> None:
    assert parse_authority(text) is None


@given(st.one_of(NAME, IPV6), PORT)
def test_what_is_parsed_is_what_was_written(host: str, port: int | None) -> None:
    text = host if port is None else f"{host}:{port}"

    assert parse_authority(text) == Authority(host, port)


@given(st.text(st.characters(max_codepoint=0x17F), max_size=30))
def test_any_text_is_refused_or_means_exactly_what_it_says(text: str) -> None:
    authority = parse_authority(text)

    if authority is not None:
        port = "" if authority.port is None else f":{authority.port}"
        assert authority.host + port == text


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("API.Example.com:8443", Authority("api.example.com", 8443)),
        ("[2001:DB8::1]", Authority("[2001:db8::1]", None)),
        pytest.param("\u212a.example.com", None, id="the Kelvin sign lowers to an ASCII k"),
        ("EXÄMPLE.com", None),
    ],
)
def test_a_host_header_compares_without_case_within_ascii(
    text: str, authority: Authority | None
) -> None:
    assert parse_host_header(text) == authority


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("example.com", None),
        ("1.example", None),
        ("0xyz.example", None),
        ("192.0.2.1", "192.0.2.1"),
        ("[::1]", "[::1]"),
        ("[0:0::0001]", "[::1]"),
        ("[::ffff:192.0.2.1]", "[::ffff:c000:201]"),
    ],
)
def test_an_address_is_spelled_as_browsers_spell_it(host: str, canonical: str | None) -> None:
    assert canonical_ip(host) == canonical


@pytest.mark.parametrize("host", ["1", "127.1", "192.0.2.256", "0x7f.1", "192.0.2.1.", "1.2.3.0x"])
def test_a_name_that_browsers_take_for_a_number_is_never_canonical(host: str) -> None:
    assert canonical_ip(host) not in {None, host}
