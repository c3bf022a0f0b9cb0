"""The tables of the Fetch standard, 2.2.1 Methods and 2.2.2 Headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.safelist import is_forbidden, is_safelisted, unsafe_names


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accept", "*/*"),
        ("Accept", "image/avif,image/webp,*/*;q=0.8"),
        ("accept", ""),
        ("accept", "a\tb"),
        ("accept-language", "en-GB,en;q=0.9, *"),
        ("content-language", "de"),
        ("content-type", "text/plain"),
        ("Content-Type", " TEXT/plain ;charset=utf-8"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "multipart/form-data;boundary=x"),
        ("range", "bytes=0-"),
        ("range", "bytes=10-10"),
        ("accept", "a" * 128),
    ],
)
def test_safelisted_headers_need_no_asking(name: str, value: str) -> None:
    assert is_safelisted(name, value)
    assert unsafe_names([(name, value)]) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", ""),
        ("x-requested-with", "XMLHttpRequest"),
        ("accept", "a" * 129),
        ("accept", 'text/plain;x="y"'),
        ("accept", "a\x00"),
        ("accept", "a\x7f"),
        ("accept-language", "en_GB"),
        ("content-type", ""),
        ("content-type", "application/json"),
        ("content-type", "text"),
        ("content-type", "/plain"),
        ("content-type", "text/"),
        ("content-type", "text/plain, application/json"),
        ("content-type", "multipart/form-data; boundary=(x)"),
        ("range", ""),
        ("range", "bytes=-500"),
        ("range", "bytes=5-4"),
        ("range", "bytes= 0-"),
        ("range", "bytes=0-1,3-4"),
        ("range", "items=0-1"),
        ("user-agent", "x"),
    ],
)
def test_every_other_header_must_be_asked_for(name: str, value: str) -> None:
    assert not is_safelisted(name, value)
    assert unsafe_names([(name, value)]) == (name,)


def test_safelisted_values_of_more_than_a_kilobyte_together_must_be_asked_for() -> None:
    headers = [("accept", "a" * 128)] * 8
    assert unsafe_names(headers) == ()
    assert unsafe_names([*headers, ("Accept-Language", "e")]) == ("accept", "accept-language")


def test_unsafe_names_are_sorted_distinct_and_in_lower_case() -> None:
    headers = [("X-Two", ""), ("authorization", ""), ("x-two", ""), ("accept", "*/*")]
    assert unsafe_names(headers) == ("authorization", "x-two")


@pytest.mark.parametrize(
    "name", ["Origin", "host", "Cookie", "Sec-Fetch-Site", "proxy-authorization", "Upgrade", "TE"]
)
def test_scripts_cannot_set_forbidden_headers(name: str) -> None:
    assert is_forbidden(name)


@pytest.mark.parametrize("name", ["authorization", "user-agent", "content-type", "secret"])
def test_scripts_can_set_any_other_header(name: str) -> None:
    assert not is_forbidden(name)


@given(st.lists(st.tuples(st.sampled_from(["accept", "X-A", "range"]), st.text(max_size=200))))
def test_whatever_the_values_every_name_is_either_safelisted_or_asked_for(
    headers: list[tuple[str, str]],
) -> None:
    asked = unsafe_names(headers)
    assert set(asked) <= {name.lower() for name, _ in headers}
    assert all(name.lower() in asked for name, value in headers if not is_safelisted(name, value))
