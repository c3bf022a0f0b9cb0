"""Entries of ``allowedOrigins``: what they accept, and what they leave out by a hair."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cors_authz.policy.origin import Origin, parse_origin
from cors_authz.policy.pattern import OriginMatcher, PatternError, parse_pattern
from cors_authz.policy.regex import RegexError

HOSTS = st.from_regex(r"[a-z0-9]{1,4}(\.(com|example|a)){1,3}\.?", fullmatch=True)
PORTS = st.sampled_from(["", ":80", ":443", ":8443"])
ORIGINS = st.builds(
    "{}://{}{}".format, st.sampled_from(["https", "http", "x-app"]), HOSTS, PORTS
) | st.just("null")


def origin_of(text: str) -> Origin:
    origin = parse_origin(text)
    assert origin is not None, text
    return origin


def accepts(pattern: str, origin: str) -> bool:
    return parse_pattern(pattern).accepts(origin_of(origin))


@pytest.mark.parametrize(
    ("pattern", "origin"),
    [
        ("*", "https://anything.example"),
        ("*", "null"),
        ("null", "null"),
        ("https://shop.example.com", "https://shop.example.com"),
        ("https://shop.example.com:8443", "https://shop.example.com:8443"),
        ("shop.example.org", "https://shop.example.org"),
        ("shop.example.org:8443", "https://shop.example.org:8443"),
        ("localhost", "https://localhost"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ("https://*.example.com", "https://a.example.com"),
        ("https://*.example.com", "https://a.b.c.example.com"),
        ("*.example.com", "https://a.example.com"),
        ("https://*.example.com:8443", "https://a.example.com:8443"),
        ("http://localhost:*", "http://localhost"),
        ("http://localhost:*", "http://localhost:3000"),
        ("http://localhost:*", "http://localhost:80"),
        ("localhost:*", "https://localhost:1"),
        ("https://*.example.com:*", "https://a.example.com:9"),
        (r"~https://pr-[0-9]+\.example\.com", "https://pr-17.example.com"),
        ("~null|https://a", "null"),
        ("~null|https://a", "https://a"),
    ],
)
def test_a_pattern_accepts_what_it_stands_for(pattern: str, origin: str) -> None:
    assert accepts(pattern, origin)


@pytest.mark.parametrize(
    ("pattern", "origin"),
    [
        pytest.param("null", "https://null", id="null is no host"),
        pytest.param("https://a.example", "null", id="null is not every origin"),
        pytest.param("https://a.example", "http://a.example", id="scheme"),
        pytest.param("https://a.example", "https://a.example:8443", id="port"),
        pytest.param("https://a.example", "https://a.example:443", id="default port written out"),
        pytest.param("https://a.example", "https://a.example.", id="trailing dot"),
        pytest.param("https://a.example", "https://a.example.evil.net", id="added suffix"),
        pytest.param("https://a.example", "https://evila.example", id="added prefix"),
        pytest.param("https://a.example", "https://b.a.example", id="subdomain"),
        pytest.param("a.example", "http://a.example", id="bare domain is https"),
        pytest.param("https://*.a.example", "https://a.example", id="apex"),
        pytest.param("https://*.a.example", "https://evila.example", id="no dot before"),
        pytest.param("https://*.a.example", "https://b.a.example.", id="wildcard, trailing dot"),
        pytest.param("https://*.a.example", "https://b.a.example:8443", id="wildcard, port"),
        pytest.param("https://*.a.example", "https://b.a.example:443", id="wildcard, default port"),
        pytest.param("https://*.a.example", "http://b.a.example", id="wildcard, scheme"),
        pytest.param("https://*.a.example", "https://b.a.example.evil.net", id="wildcard, suffix"),
        pytest.param("http://localhost:*", "http://localhost.evil.net", id="any port, suffix"),
        pytest.param("http://localhost:*", "https://localhost:1", id="any port, scheme"),
        pytest.param("http://localhost:*", "http://a.localhost:1", id="any port, subdomain"),
        pytest.param(r"~https://a\.example", "https://a.example.evil.net", id="regex, suffix"),
        pytest.param(r"~a\.example", "https://a.example", id="regex without the scheme"),
        pytest.param("~https://a|https://b", "https://ax", id="regex, first alternative"),
        pytest.param("~https://a|https://b", "xhttps://b", id="regex, last alternative"),
        pytest.param("~https://a\\.example$\n?", "https://a.example:1", id="regex, own anchors"),
    ],
)
def test_a_pattern_leaves_out_near_misses(pattern: str, origin: str) -> None:
    assert not accepts(pattern, origin)


@given(ORIGINS, ORIGINS)
def test_a_pattern_without_wildcard_or_regex_accepts_exactly_itself(
    pattern: str, origin: str
) -> None:
    assume(not pattern.endswith((":80", ":443")))

    assert accepts(pattern, origin) == (pattern == origin)
    assert accepts(pattern, pattern)


@given(HOSTS, ORIGINS)
def test_no_accepted_origin_has_a_host_outside_a_wildcard(apex: str, text: str) -> None:
    origin = origin_of(text)

    if parse_pattern(f"https://*.{apex}:*").accepts(origin):
        above, dot, _ = origin.host.rpartition("." + apex)
        assert (origin.scheme, origin.host) == ("https", above + "." + apex)
        assert above
        assert dot


@given(st.lists(st.sampled_from(["https://a.com", "https://*.a.com", "null", "~.*b.*"])), ORIGINS)
def test_a_matcher_accepts_what_any_of_its_patterns_accepts(patterns: list[str], text: str) -> None:
    matcher = OriginMatcher(parse_pattern(pattern) for pattern in patterns)

    assert matcher.accepts(origin_of(text)) == any(accepts(p, text) for p in patterns)
    assert not matcher.accepts_every_origin


def test_a_matcher_without_patterns_accepts_nothing() -> None:
    assert not OriginMatcher([]).accepts(origin_of("https://a.example"))


def test_only_the_star_accepts_every_origin_by_intent() -> None:
    assert OriginMatcher(
        [parse_pattern("https://a.example"), parse_pattern("*")]
    ).accepts_every_origin
    assert not OriginMatcher([parse_pattern("~.*")]).accepts_every_origin


@pytest.mark.parametrize(
    ("pattern", "fix"),
    [
        pytest.param("https://a.example/", "write https://a.example", id="trailing slash"),
        pytest.param("https://a.example/shop", "write https://a.example", id="path"),
        pytest.param("https://a.example?x", "write https://a.example", id="query"),
        pytest.param("https://a.example#x", "write https://a.example", id="fragment"),
        pytest.param("https://me@a.example", "write https://a.example", id="userinfo"),
        pytest.param("https://A.example", "write https://a.example", id="upper case"),
        pytest.param("https://ä.example", "write an internationalised", id="beyond ASCII"),
        pytest.param("https://a.example, https://b.example", "one list entry", id="two in one"),
        pytest.param("shop", "write the whole origin, for example https://shop", id="bare word"),
        pytest.param("*.shop", "write the whole origin", id="bare word with wildcard"),
        pytest.param("https://a.*.example", "write https://*.example.com", id="inner wildcard"),
        pytest.param("https://a*.example", "write https://*.example.com", id="wildcard in label"),
        pytest.param("https://*", "write https://*.example.com", id="wildcard host"),
        pytest.param("https://a.example:443", "write https://a.example", id="default port"),
        pytest.param("https://*.a.example:443", "write https://*.a.example", id="and wildcard"),
        pytest.param("https://*.a.example/x", "write https://*.a.example", id="path and wildcard"),
        pytest.param("https://*.a.example:1:*", "write https://*.a.example:*", id="all wildcards"),
        pytest.param("https://a.example:1:*", "write https://a.example:*", id="port and wildcard"),
        pytest.param("https://a.example:99999", "write scheme://host", id="port too large"),
        pytest.param("https://a.example:", "write scheme://host", id="empty port"),
        pytest.param("https://", "write scheme://host", id="no host"),
        pytest.param("", "write scheme://host", id="empty"),
        pytest.param("file://host", "serve the page over HTTP", id="file"),
        pytest.param("http://127.1", "write http://", id="short IPv4"),
        pytest.param("http://[0:0::1]", "write http://[::1]", id="long IPv6"),
        pytest.param("http://*.192.0.2.1", "write http://192.0.2.1", id="below an address"),
        pytest.param("http://*.[::1]", "write http://[::1]", id="below an IPv6 address"),
    ],
)
def test_a_refused_pattern_comes_with_what_to_write_instead(pattern: str, fix: str) -> None:
    with pytest.raises(PatternError) as refused:
        parse_pattern(pattern)

    assert refused.value.fix.startswith(fix)
    assert str(refused.value)


@pytest.mark.parametrize("pattern", ["~(", "~(?=a)", r"~(a)\1", "~" + "a" * 513, "~((a{90}){90})"])
def test_a_regex_that_does_not_compile_is_refused(pattern: str) -> None:
    with pytest.raises(RegexError) as refused:
        parse_pattern(pattern)

    assert refused.value.fix


@given(st.text(max_size=20) | ORIGINS.map("*".__add__) | st.text("htps:/.*[]1a", max_size=20))
def test_any_text_is_parsed_or_refused_with_a_fix(text: str) -> None:
    try:
        pattern = parse_pattern(text)
    except (PatternError, RegexError) as refused:
        assert refused.fix  # noqa: PT017 - either outcome is right
    else:
        assert pattern.text == text
