"""Label selectors, as kubectl has them."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.selector import MAX_SELECTOR_LENGTH, SelectorError, parse_selector

TAGS = {"env": "prod", "team": "web", "empty": "", "example.com/tier": "a"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "env",
        "env=prod",
        "env==prod",
        " env = prod ",
        "env!=dev",
        "team!=",
        "env in (prod)",
        "env in (dev, prod)",
        "env in(dev,prod)",
        "env notin (dev)",
        "missing!=x",
        "missing notin (x, y)",
        "!missing",
        "! missing",
        "empty=",
        "empty in ()",
        "empty in (a,)",
        "example.com/tier in (a,b)",
        "env=prod,team!=ops,example.com/tier in (a,b),!missing",
    ],
)
def test_selectors_that_match(text: str) -> None:
    assert parse_selector(text).matches(TAGS)


@pytest.mark.parametrize(
    "text",
    [
        "missing",
        "missing=",
        "missing=x",
        "missing in (x)",
        "env=dev",
        "env=PROD",
        "env!=prod",
        "env in (dev,pro)",
        "env notin (prod,dev)",
        "!env",
        "env=prod,team=ops",
    ],
)
def test_selectors_that_do_not_match(text: str) -> None:
    assert not parse_selector(text).matches(TAGS)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (",", "no requirement at character 1"),
        ("env=prod,", "no requirement at character 10"),
        ("=prod", "no requirement at character 1"),
        ("env=prod team=web", "a comma is missing at character 10"),
        ("env in prod", "a comma is missing at character 5"),
        ("env in (a b)", "a comma is missing among the values of env"),
        ("env in (a", "a comma is missing at character 5"),
        ("env===prod", "a comma is missing"),
        ("!env=prod", "a comma is missing"),
        ("!", "no requirement"),
        ("env=(a)", "a comma is missing"),
        ("a" * (MAX_SELECTOR_LENGTH + 1), "more than 4096 characters"),
    ],
)
def test_what_is_no_selector_is_refused_with_the_place(text: str, problem: str) -> None:
    with pytest.raises(SelectorError, match=problem) as caught:
        parse_selector(text)
    assert "env=prod" in caught.value.fix


WORDS = st.text(st.sampled_from("abcXYZ019-_./"), min_size=1, max_size=8).filter(
    lambda word: word not in ("in", "notin")
)
LISTS = st.lists(WORDS, min_size=1, max_size=3)


@given(WORDS, LISTS, st.dictionaries(WORDS, WORDS, max_size=4))
def test_each_operator_means_what_it_says(
    key: str, values: list[str], tags: Mapping[str, str]
) -> None:
    listed = ", ".join(values)
    has = key in tags
    assert parse_selector(key).matches(tags) is has
    assert parse_selector(f"!{key}").matches(tags) is not has
    assert parse_selector(f"{key} in ({listed})").matches(tags) is (tags.get(key) in values)
    assert parse_selector(f"{key} notin ({listed})").matches(tags) is (tags.get(key) not in values)
    assert parse_selector(f"{key}={values[0]}").matches(tags) is (tags.get(key) == values[0])
    assert parse_selector(f"{key}!={values[0]}").matches(tags) is (tags.get(key) != values[0])


@given(st.lists(WORDS, min_size=1, max_size=4), st.dictionaries(WORDS, WORDS))
def test_a_comma_means_and(keys: list[str], tags: Mapping[str, str]) -> None:
    together = parse_selector(",".join(keys)).matches(tags)
    assert together is all(parse_selector(key).matches(tags) for key in keys)


@given(st.text(max_size=40) | st.text(st.sampled_from("ab =!,()in"), max_size=40))
def test_any_text_is_a_selector_or_refused(text: str) -> None:
    try:
        selector = parse_selector(text)
    except SelectorError:
        return
    assert selector.matches(TAGS) in (True, False)
