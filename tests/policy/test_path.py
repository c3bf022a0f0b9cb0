"""The one form in which paths are compared, and the other ways of reading them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.path import normalise_path, path_readings, strip_query

PIECES = ("/", ".", "..", "a", "%2f", "%2F", "%5c", "\\", "%2e", "%41", "%25", "%", "%2", ";")
PATHS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join).map("/".__add__)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/orders?limit=1", "/orders"),
        ("/orders?a?b#c", "/orders"),
        ("/orders#c?d", "/orders"),
        ("?a", ""),
        ("/orders%3Fa", "/orders%3Fa"),
    ],
)
def test_a_query_and_a_fragment_are_no_part_of_the_path(target: str, path: str) -> None:
    assert strip_query(target) == path


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/", "/"),
        ("/orders", "/orders"),
        pytest.param("/Orders", "/Orders", id="case matters"),
        pytest.param("/orders/", "/orders/", id="trailing slash stays"),
        pytest.param("//orders///1//", "/orders/1/", id="slashes merged"),
        pytest.param("/a/./b/.", "/a/b/", id="single dots"),
        pytest.param("/a/b/../c", "/a/c", id="double dots"),
        pytest.param("/a/b/..", "/a/", id="double dots at the end"),
        pytest.param("/a/..", "/", id="back to the root"),
        pytest.param("/../../a", "/a", id="never above the root"),
        pytest.param("/...", "/...", id="three dots are a name"),
        pytest.param("/.a/..b", "/.a/..b", id="dots within names"),
        pytest.param("/%6F%72ders", "/orders", id="escaped letters"),
        pytest.param("/%7E%2D%5F", "/~-_", id="escaped unreserved signs"),
        pytest.param("/a/%2e%2E/b", "/b", id="escaped dots"),
        pytest.param("/a%2fb%5cc", "/a%2Fb%5Cc", id="escaped separators stay, in upper case"),
        pytest.param("/%252f", "/%252f", id="an escape is decoded once"),
        pytest.param("/%2%66", "/%2F", id="a separator for a second decoder"),
        pytest.param("/%zz%", "/%zz%", id="no escapes"),
        pytest.param("/%c3%a4", "/%C3%A4", id="beyond ASCII"),
        pytest.param("/a;x=1", "/a;x=1", id="parameters are part of the name"),
        pytest.param("/a\\b", "/a\\b", id="backslash"),
        pytest.param("*", "*", id="no path"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_path_is_brought_into_normal_form(path: str, normal: str) -> None:
    assert normalise_path(path) == normal


@given(PATHS)
def test_a_normal_form_has_no_dot_segments_and_no_empty_ones(path: str) -> None:
    normal = normalise_path(path)

    assert normal.startswith("/")
    segments = normal[1:].split("/")
    assert not {".", ".."} & set(segments)
    assert "" not in segments[:-1]


@given(PATHS.filter(lambda path: "%25" not in path and "%%" not in path and "%2%" not in path))
def test_a_normal_form_stays_as_it_is(path: str) -> None:
    normal = normalise_path(path)

    assert normalise_path(normal) == normal


@pytest.mark.parametrize(
    ("path", "readings"),
    [
        ("/orders", set()),
        ("/%C3%A4", set()),
        ("/a%2Fb", {"/a/b"}),
        ("/a%5Cb", {"/a/b"}),
        ("/a\\b", {"/a/b"}),
        ("/open/..%2Forders", {"/orders"}),
        ("/orders;v=1/2", {"/orders/2"}),
        ("/open/..;/orders", {"/orders"}),
        ("/open/..;a%2Forders", {"/open/..;a/orders", "/orders", "/"}),
        ("/open/..%2F..%2F..%2Forders", {"/orders"}),
        ("/strict%2fx/../orders", {"/strict/orders"}),
        ("/a%2Fb/../c%5Cd", {"/c/d", "/a/c%5Cd", "/a/c/d"}),
        ("/a/..;x/../b", {"/b"}),
        ("%2Fa/..", {"/"}),
        pytest.param(
            "/a%2Fb\\c%5Cd",
            {
                "/a/b\\c%5Cd",
                "/a%2Fb/c%5Cd",
                "/a%2Fb\\c/d",
                "/a/b/c%5Cd",
                "/a/b\\c/d",
                "/a%2Fb/c/d",
                "/a/b/c/d",
            },
            id="each on its own and together",
        ),
    ],
)
def test_other_servers_may_see_other_segments(path: str, readings: set[str]) -> None:
    assert set(path_readings(path)) - {normalise_path(path)} == readings


@given(PATHS)
def test_the_plain_reading_is_the_normal_form(path: str) -> None:
    assert path_readings(path)[0] == normalise_path(path)


@given(PATHS)
def test_every_other_reading_is_in_normal_form_too(path: str) -> None:
    for reading in path_readings(path)[1:]:
        segments = reading[1:].split("/")
        assert not {".", ".."} & set(segments)
        assert "" not in segments[:-1]


def test_the_number_of_readings_does_not_grow_with_the_path() -> None:
    assert len(path_readings("/" + "a%2F%5C\\" * 5_000)[1:]) == 7
