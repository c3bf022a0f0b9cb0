"""Lists of requested header names within bounds, and the sets that policies allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.header_names import (
    MAX_EMPTY_ELEMENTS,
    MAX_LIST_BYTES,
    MAX_NAMES,
    HeaderListMalformedError,
    HeaderListTooLargeError,
    HeaderNames,
    is_token,
    parse_header_list,
)

NAMES = ("authorization", "content-type", "x-one", "x-two")
HEADER_SETS = st.builds(
    HeaderNames, st.lists(st.sampled_from(NAMES), unique=True).map(tuple), st.booleans()
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("authorization", ("authorization",)),
        ("authorization,content-type", ("authorization", "content-type")),
        pytest.param("b, a ,\tc\t", ("b", "a", "c"), id="blanks around, order kept"),
        pytest.param("X-One,x-one", ("x-one",), id="case does not matter, nor repetition"),
        pytest.param(",a,,b,", ("a", "b"), id="empty elements are skipped"),
        pytest.param("*", ("*",), id="a star is a name like any other"),
        pytest.param("!#$%&'*+-.^_`|~0aZ", ("!#$%&'*+-.^_`|~0az",), id="every sign of a token"),
    ],
)
def test_a_list_is_parsed_into_distinct_lower_case_names(text: str, names: tuple[str, ...]) -> None:
    assert parse_header_list(text) == names


@pytest.mark.parametrize(
    "text", ["a b", "a;b", "a:b", '"a"', "a/b", "é", "a\n", "a\0", "a\u00a0", "(a)", "\u212a"]
)
def test_an_element_that_is_no_token_makes_the_list_malformed(text: str) -> None:
    with pytest.raises(HeaderListMalformedError):
        parse_header_list(f"x-one,{text}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * MAX_LIST_BYTES, id="bytes"),
        pytest.param(",".join(f"x-{n}" for n in range(MAX_NAMES)), id="names"),
        pytest.param(",".join(["x"] * 200), id="one name, often"),
        pytest.param("," * (MAX_EMPTY_ELEMENTS - 1), id="empty elements"),
    ],
)
def test_a_list_at_the_limit_is_parsed(text: str) -> None:
    assert len(parse_header_list(text)) <= MAX_NAMES


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * (MAX_LIST_BYTES + 1), id="bytes"),
        pytest.param(",".join(f"x-{n}" for n in range(MAX_NAMES + 1)), id="names"),
        pytest.param("," * MAX_EMPTY_ELEMENTS, id="empty elements"),
        pytest.param(" ," * MAX_EMPTY_ELEMENTS, id="blank elements"),
    ],
)
def test_a_list_over_the_limit_is_refused(text: str) -> None:
    with pytest.raises(HeaderListTooLargeError):
        parse_header_list(text)


@given(st.lists(st.from_regex(r"[A-Za-z-]{1,5}", fullmatch=True), max_size=MAX_NAMES))
def test_every_element_is_found_and_nothing_else(elements: list[str]) -> None:
    assert set(parse_header_list(", ".join(elements))) == {name.lower() for name in elements}


@given(st.text(max_size=20))
def test_a_list_that_parses_holds_only_tokens(text: str) -> None:
    try:
        names = parse_header_list(text)
    except (HeaderListMalformedError, HeaderListTooLargeError):
        return
    assert all(is_token(name) and name == name.lower() for name in names)


@pytest.mark.parametrize("text", ["", "GET PUT", "GET,PUT", "GÉT", "GET\n", "G\0", " GET"])
def test_what_is_no_token(text: str) -> None:
    assert not is_token(text)


@pytest.mark.parametrize(
    ("listed", "name", "allowed"),
    [
        (HeaderNames(), "x-one", False),
        (HeaderNames(("x-one",)), "x-one", True),
        (HeaderNames(("x-one",)), "content-type", False),
        (HeaderNames(wildcard=True), "x-one", True),
        pytest.param(HeaderNames(wildcard=True), "authorization", False, id="star alone"),
        pytest.param(HeaderNames(("authorization",), wildcard=True), "authorization", True),
        pytest.param(HeaderNames(("x-one",)), "*", False, id="a star asked for is no wildcard"),
    ],
)
def test_a_star_covers_every_requested_name_but_authorization(
    listed: HeaderNames, name: str, *, allowed: bool
) -> None:
    assert listed.allows_requested(name) is allowed


def test_a_star_exposes_every_name() -> None:
    assert HeaderNames(wildcard=True).exposes("authorization")
    assert not HeaderNames(("x-one",)).exposes("authorization")


@given(HEADER_SETS, HEADER_SETS, st.sampled_from([*NAMES, "x-other", "*"]))
def test_an_intersection_holds_exactly_what_both_hold(
    one: HeaderNames, other: HeaderNames, name: str
) -> None:
    requested = one.intersect_requested(other)
    exposed = one.intersect_exposed(other)

    assert requested.allows_requested(name) == (
        one.allows_requested(name) and other.allows_requested(name)
    )
    assert exposed.exposes(name) == (one.exposes(name) and other.exposes(name))
