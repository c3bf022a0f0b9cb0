"""Templates: whatever an expression matches fits one of them, whatever RE2 can write."""

import re
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.config.lint.expression.character_set import UnreadableError
from cors_authz.config.lint.expression.node import Mark
from cors_authz.config.lint.expression.syntax import read_expression
from cors_authz.config.lint.expression.template import (
    MAX_TEMPLATES,
    Element,
    Open,
    Template,
    TooManyTemplatesError,
    list_templates,
)
from cors_authz.policy.regex import RegexError, compile_regex
from tests.lint.expressions import ORIGIN_TEXTS, SETS

ABC = frozenset("abc")


def templates(expression: str) -> list[Template]:
    return list_templates(read_expression(expression))


def fits(text: str, template: Template) -> bool:
    """Whether a text fits, by Python's own expressions."""
    return re.fullmatch("".join(map(_as_python, template)), text) is not None


def _as_python(element: Element) -> str:
    match element:
        case str():
            return re.escape(element)
        case Open(members, low, high):
            characters = "".join(map(re.escape, sorted(members)))
            last = "" if high is None else high
            return f"[{characters}]{{{low},{last}}}" if members else f"(?!){{{min(low, 1)}}}"
        case Mark.DOT:
            return "."
        case _:
            return r"\A" if element is Mark.START else r"\Z"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", [()]),
        ("abc", [("abc",)]),
        (r"a\.b", [("a.b",)]),
        ("a.b", [("a", Mark.DOT, "b")]),
        ("^a$", [(Mark.START, "a", Mark.END)]),
        (r"\Aa\z", [(Mark.START, "a", Mark.END)]),
        (r"\ba\B", [("a",)]),
        ("ab?", [("a", "b"), ("a",)]),
        ("ab{2}", [("a", "bb")]),
        ("ab*", [("a", Open(frozenset("b"), 0, None))]),
        ("[abc]+", [(Open(ABC, 1, None),)]),
        ("[abc]{2,3}?", [(Open(ABC, 2, 3),)]),
        ("[a]", [("a",)]),
        ("[ab]", [("a",), ("b",)]),
        ("[a-c]", [(Open(ABC, 1, 1),)]),
        ("a|b", [("a",), ("b",)]),
        ("(a|b)c", [("a", "c"), ("b", "c")]),
        ("(?:a)(?P<x>b)(?<y>c)", [("a", "b", "c")]),
        ("(ab)?c", [("ab", "c"), ("c",)]),
        ("(ab){2}", [("ab", "ab")]),
        ("(ab)+", [("ab",), ("ab", Open(frozenset("ab"), 0, None), "ab")]),
        ("(ab){0}c", [("c",)]),
        ("(?i)AB", [("ab",)]),
        ("(?i:A)B", [("a", "B")]),
        ("((?i)A)B", [("a", "B")]),
        ("(?i)(?-i)A", [("A",)]),
        (r"\Qa.b\E.c", [("a.b", Mark.DOT, "c")]),
        (r"\Qab\E{2}", [("a", "bb")]),
        (r"\x61\x{62}\143\012", [("abc\n",)]),
        (r"[\x61-\x63]", [(Open(ABC, 1, 1),)]),
        ("a{,2}", [("a{,2}",)]),
        ("[]a]", [("]",), ("a",)]),
    ],
)
def test_an_expression_is_read_into_templates(expression: str, expected: list[Template]) -> None:
    compile_regex(expression)

    assert [_joined(t) for t in templates(expression)] == [_joined(t) for t in expected]


def _joined(template: Template) -> list[Element]:
    """Neighbouring texts as one."""
    joined: list[Element] = []
    for element in template:
        if isinstance(element, str) and joined and isinstance(joined[-1], str):
            joined[-1] += element
        else:
            joined.append(element)
    return joined


SET_EXPRESSIONS = (
    *(r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", "[[:alpha:]]", "[[:^alpha:]]", "[^a-c]", r"[^\d]"),
    *(r"[\w.-]", r"[\d-z]", "[a-]", "[-a]", "[^]]", r"[\]]", "[a-c-e]", "[[:word:].]", r"[\W\d]"),
    *("(?i)[a-c]", "(?i)[^a-c]", ".", r"\C", "[+--]", r"[\t-~]", "(?s).", "(?U)a*", "(?i)[^A]"),
)


@pytest.mark.parametrize("expression", SET_EXPRESSIONS)
def test_a_set_has_the_members_that_re2_gives_it(expression: str) -> None:
    regex = compile_regex(expression)
    listed = templates(expression)
    lower_case = [chr(code) for code in range(0x21, 0x7F) if not chr(code).isupper()]

    for sign in lower_case:
        expected = regex.fullmatch(sign) is not None
        assert any(fits(sign, template) for template in listed) == expected, sign


@pytest.mark.parametrize("expression", [r"\pL", r"[\pN]", r"[^\p{Greek}]", "(" * 60 + ")" * 60])
def test_what_is_beyond_the_reader_is_refused(expression: str) -> None:
    compile_regex(expression)

    with pytest.raises(UnreadableError):
        read_expression(expression)


@pytest.mark.parametrize("expression", ["(a|b|c)" * 6, "(a|b|c|d|(e|f|g))" * 4, "((a+)+)+" * 4])
def test_too_many_variants_are_refused(expression: str) -> None:
    with pytest.raises(TooManyTemplatesError):
        templates(expression)


@given(SETS)
def test_every_origin_that_matches_fits_a_template(expression: str) -> None:
    regex = compile_regex(expression)
    listed = templates(expression)

    assert len(listed) <= MAX_TEMPLATES
    accepted = (text for text in ORIGIN_TEXTS if regex.fullmatch(text) is not None)
    for text in islice(accepted, 40):
        assert any(fits(text, template) for template in listed), text


SHORT_TEXTS = ["".join(signs) for length in range(4) for signs in product("ab.-:1]", repeat=length)]


@given(
    st.lists(
        st.sampled_from(
            [*"ab.-:1,|()[]{}*+?^$\\", "[^", "a-b", r"\d", r"\.", "(?:", "{1,2}", "(?i)"]
        ),
        max_size=10,
    ).map("".join)
)
def test_every_text_that_any_expression_matches_fits_a_template(expression: str) -> None:
    try:
        regex = compile_regex(expression)
        listed = templates(expression)
    except (RegexError, UnreadableError, TooManyTemplatesError):
        return

    for text in SHORT_TEXTS:
        if regex.fullmatch(text) is not None:
            assert any(fits(text, template) for template in listed), text
