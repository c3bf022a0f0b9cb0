"""Regexes run on RE2: bounded when compiled, linear when matched."""

import pytest

from cors_authz.policy.regex import MAX_REGEX_LENGTH, RegexError, compile_regex


def test_an_expression_matches_the_whole_text() -> None:
    regex = compile_regex("https://(a|b)")

    assert regex.fullmatch("https://a")
    assert not regex.fullmatch("https://a.evil.net")
    assert not regex.fullmatch("xhttps://a")


@pytest.mark.parametrize("text", ["a\n", "\na", "a\nb"])
def test_own_anchors_do_not_widen_a_match(text: str) -> None:
    assert not compile_regex("(?m)^a$").fullmatch(text)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        pytest.param("(", "not valid RE2", id="bracket"),
        pytest.param("(?=a)", "not valid RE2", id="look-ahead"),
        pytest.param(r"(a)\1", "not valid RE2", id="back-reference"),
        pytest.param("((a{100}){100}){100}", "not valid RE2", id="too large once compiled"),
        pytest.param("a" * (MAX_REGEX_LENGTH + 1), "more than 512", id="too long"),
    ],
)
def test_an_unusable_expression_is_refused_with_a_fix(expression: str, problem: str) -> None:
    with pytest.raises(RegexError, match=problem) as refused:
        compile_regex(expression)

    assert refused.value.fix


def test_an_expression_of_the_greatest_length_compiles() -> None:
    assert compile_regex("a" * MAX_REGEX_LENGTH).fullmatch("a" * MAX_REGEX_LENGTH)


def test_a_nested_repetition_does_not_explode() -> None:
    assert not compile_regex("(a*)*b").fullmatch("a" * 60_000)
