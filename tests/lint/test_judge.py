"""What is said of an expression is so, and nothing that matters is left unsaid."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.config.lint.expression.judge import Judgement, Looseness, judge
from cors_authz.config.lint.sites import is_loopback, public_suffix, site_of
from cors_authz.policy.origin import Origin, parse_origin
from cors_authz.policy.regex import RegexError, compile_regex
from tests.lint.expressions import EXPRESSIONS, ORIGIN_TEXTS, SETS, spelled

ORIGINS = tuple(origin for text in ORIGIN_TEXTS if (origin := parse_origin(text)) is not None)
NOTHING = Judgement()


def accepted(expression: str) -> list[Origin]:
    regex = compile_regex(expression)
    return [origin for origin in ORIGINS if regex.fullmatch(origin.text) is not None]


@given(SETS)
def test_whatever_is_said_to_be_accepted_is_an_origin_that_is_accepted(expression: str) -> None:
    judgement = judge(expression)
    regex = compile_regex(expression)

    claims = (
        judgement.any_site,
        judgement.other_site,
        judgement.suffix_site,
        judgement.insecure,
    )
    for claim in filter(None, claims):
        assert regex.fullmatch(claim) is not None
        assert parse_origin(claim) is not None
    if judgement.loose_text is not None:
        assert regex.fullmatch(judgement.loose_text) is not None
    if judgement.insecure is not None:
        assert judgement.insecure.startswith("http://")
    if judgement.suffix is not None:
        site = parse_origin(judgement.suffix_site or "")
        assert site is not None
        assert site.host.removesuffix(".").endswith("." + judgement.suffix)


@given(SETS)
def test_what_never_matches_matches_none_of_thousands_of_origins(expression: str) -> None:
    if judge(expression).never_matches:
        assert accepted(expression) == []
        assert compile_regex(expression).fullmatch("null") is None


@given(EXPRESSIONS.filter(lambda expression: "http" in expression))
def test_where_nothing_is_said_every_accepted_site_is_spelled(expression: str) -> None:
    judgement = judge(expression)
    if judgement.looseness is Looseness.UNREADABLE:
        return
    if (judgement.any_site, judgement.other_site, judgement.suffix) != (None, None, None):
        return

    for origin in accepted(expression):
        if "." in origin.host and public_suffix(origin.host) is not None:
            assert _is_spelled(origin.host, expression), origin.text


def _is_spelled(host: str, expression: str) -> bool:
    """Somebody who writes ``(shop|api|)shop.com`` wrote ``shopshop.com``."""
    site = site_of(host)
    without_optional = re.sub(r"\([^()]*\)[?*]", "", expression)
    choices = ("(shop|api|)", "(shop|api)", "[ab]", r"(a|b\.)?")
    return (
        site in spelled(expression)
        or site in spelled(without_optional)
        or any(choice in expression for choice in choices)
    )


@given(EXPRESSIONS.filter(lambda expression: "http" in expression))
def test_where_nothing_is_said_no_insecure_origin_is_accepted(expression: str) -> None:
    judgement = judge(expression)
    if judgement.looseness is Looseness.UNREADABLE:
        return
    if (judgement.any_site, judgement.other_site, judgement.insecure) != (None, None, None):
        return

    insecure = [o.text for o in accepted(expression) if o.scheme == "http"]
    assert [text for text in insecure if not is_loopback(text.split("/")[2])] == []


@given(
    st.text(alphabet="ab.-:/1,|()[]{}*+?^$\\sQEpdw", max_size=40)
    | st.text(max_size=20)
    | st.lists(st.sampled_from(["(a|", ")*", "[^.]+", ".*", "://", "{3}", "x", "(", ")?"])).map(
        "".join
    )
)
def test_judging_any_expression_never_raises(expression: str) -> None:
    try:
        compile_regex(expression)
    except RegexError:
        return
    judge(expression)


HOSTILE = [
    ("added prefix", r"https://[a-z]*example\.com", "https://evilexample.com"),
    ("added prefix with a dash", r"https://([a-z]+-)?example\.com", "https://evil-example.com"),
    ("added suffix", r"https://example\.com(\.[a-z.]+)?", "https://example.com.evil.example"),
    ("longer top-level domain", r"https://example\.co[a-z.]*", "https://example.co.evil.example"),
    ("first dot not escaped", r"https://www.example\.com", "https://wwwxexample.com"),
    ("last dot not escaped", r"https://example\.co.uk", "https://example.coxuk"),
    ("underscore", r"https://example\.com([^a-z0-9.-].*)?", "https://example.com_.evil.example"),
    ("dash", r"https://example\.com(-.*)?", "https://example.com-.evil.example"),
    ("other suffix", r"https://example\.[a-z]+", "https://example.net"),
    ("port tricks", r"http://localhost[^/]*", "http://localhost.evil.example"),
    ("an address as a prefix", r"http://10\.0\..*", "http://10.0.evil.example"),
    ("anchors of one alternative", r"^https://a\.example|b\.example$", None),
    ("open scheme", r".*a\.example", "https://evila.example"),
]


@pytest.mark.parametrize(
    ("expression", "origin"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_a_trick_of_attackers_is_tried(expression: str, origin: str | None) -> None:
    assert judge(expression).other_site == origin


@pytest.mark.parametrize(
    ("expression", "looseness"),
    [
        (r"https://a.b\.example\.com", Looseness.DOT),
        (r"http://127.0.0.1:[0-9]+", Looseness.DOT),
        (r"https://.*\.example\.com", Looseness.ANYTHING),
        (r"https://\S+\.example\.com", Looseness.ANYTHING),
        (r".*://a\.example", Looseness.SCHEME),
        (r"https://a\.example:.*", Looseness.NO_ORIGIN),
        (r"https://a\.example([`}].*)?", Looseness.NO_ORIGIN),
        (r"https://\pL\.example\.com", Looseness.UNREADABLE),
        ("(a|b|c)" * 8, Looseness.UNREADABLE),
    ],
)
def test_what_is_no_danger_here_is_loose(expression: str, looseness: Looseness) -> None:
    judgement = judge(expression)

    assert judgement.looseness is looseness
    assert (judgement.any_site, judgement.other_site, judgement.suffix) == (None, None, None)


def test_special_characters_are_tried_as_browsers_send_them() -> None:
    judgement = judge(r"https://a\.example(`.*)?")

    assert judgement.loose_text == "https://a.example`.evil.example"


@pytest.mark.parametrize(
    ("expression", "domain"),
    [
        (r"https://[a-z0-9-]+\.example\.com", "example.com"),
        (r"https://(.+\.)?example\.com:[0-9]+", "example.com"),
        (r"https://pr-[0-9]+\.example\.com", None),
        (r"https://[a-z]{2}\.example\.com", None),
        (r"https://(shop|api)\.example\.com", None),
        (r"http://.+\.localhost", None),
    ],
)
def test_it_is_told_whether_all_subdomains_are_accepted(
    expression: str, domain: str | None
) -> None:
    assert judge(expression).all_subdomains_of == domain


@pytest.mark.parametrize(
    "expression",
    [
        r"https://[a-z]+\.internal",
        r"https://192\.168\.[0-9]+\.[0-9]+",
        r"https://[a-z-]+",
        r"http://[a-z]+\.localhost(:[0-9]+)?",
        r"https://a\.example\.?",
    ],
)
def test_what_nobody_else_can_have_is_no_other_site(expression: str) -> None:
    judgement = judge(expression)

    assert judgement in (NOTHING, Judgement(all_subdomains_of="internal"))
