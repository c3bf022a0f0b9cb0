"""Whatever text a client sends, the parsers give a value or their declared errors, in time."""

from hypothesis import example, given
from hypothesis import strategies as st

from cors_authz.policy.authority import parse_host_header
from cors_authz.policy.header_names import (
    MAX_LIST_BYTES,
    MAX_NAMES,
    HeaderListMalformedError,
    HeaderListTooLargeError,
    is_token,
    parse_header_list,
)
from cors_authz.policy.origin import MAX_ORIGIN_BYTES, parse_origin
from cors_authz.policy.path import normalise_path, path_readings, strip_query
from cors_authz.policy.pattern import PatternError, parse_pattern
from cors_authz.policy.regex import RegexError
from cors_authz.policy.router import check_host_entry, check_path_entry
from tests.fuzz.budget import PROMPT

LONG = 60_000
"""As long as a header block that Envoy lets through by default."""


def texts(*words: str, longest: int = 200) -> st.SearchStrategy[str]:
    """Any text, and texts made of the words that a parser knows."""
    pieces = st.lists(st.sampled_from(words) | st.characters(), max_size=40).map("".join)
    return st.text(max_size=longest) | pieces


ORIGINS = texts("https", "://", "null", "[::1]", "example.com", ".", ":", "443", "-", "@", "/", "%")


@given(ORIGINS)
@PROMPT
@example("https://" + "a." * (MAX_ORIGIN_BYTES // 2))
@example("https://[" + ":" * 500 + "]")
@example("a" * MAX_ORIGIN_BYTES)
def test_an_accepted_origin_is_safe_to_send_back(text: str) -> None:
    origin = parse_origin(text)
    if origin is None:
        return
    assert origin.text == text
    assert text.isascii()
    assert text.isprintable()
    assert not set(text) & set(" ,;\"'<>\\@/") - set("://")
    assert text == "null" or text.startswith(f"{origin.scheme}://{origin.host}")


@given(texts("example.com", ":", "443", "[::1]", ".", "EXAMPLE", ","))
@PROMPT
@example("a." * 30_000)
@example("[" * LONG)
@example(":" * LONG)
def test_a_host_is_parsed_or_refused(text: str) -> None:
    authority = parse_host_header(text)
    if authority is not None:
        assert authority.host == authority.host.lower()
        assert authority.port is None or 0 <= authority.port <= 65535


@given(texts("authorization", ",", " ", "\t", "x-a", "*", "X-A"))
@PROMPT
@example("," * MAX_LIST_BYTES)
@example(" " * MAX_LIST_BYTES)
@example("x," * LONG)
def test_a_list_of_headers_is_bounded_tokens_or_refused(text: str) -> None:
    try:
        names = parse_header_list(text)
    except (HeaderListMalformedError, HeaderListTooLargeError):
        return
    assert len(set(names)) == len(names) <= MAX_NAMES
    assert all(is_token(name) and name == name.lower() for name in names)


PATHS = texts("/", "//", ".", "..", "%2e", "%2f", "%5C", "%25", "\\", "a", "?", "#", ";", "%")


@given(PATHS)
@PROMPT
@example("/" * LONG)
@example("/.." * (LONG // 3))
@example("/a" * (LONG // 2) + "/.." * (LONG // 3))
@example("%2e" * (LONG // 3))
@example("%2f%5c\\" * (LONG // 7))
@example("%" * LONG)
@example("%25" * (LONG // 3))
def test_a_path_is_normalised_without_dot_segments_and_with_few_readings(text: str) -> None:
    path = normalise_path(strip_query(text))
    if path.startswith("/"):
        assert not {".", ".."} & set(path.split("/"))
        assert "//" not in path
    readings = path_readings(strip_query(text))[1:]
    assert len(readings) <= 31
    assert all(len(reading) <= len(text) for reading in readings)


@given(texts("https://", "*.", ":*", "~", "(", "[a-z]", "+", "example.com", "\\", "null", "{9}"))
@PROMPT
def test_an_entry_of_a_policy_is_a_pattern_or_refused_with_a_fix(text: str) -> None:
    for parse in (parse_pattern, check_host_entry, check_path_entry):
        refused: list[PatternError | RegexError] = []
        try:
            parse(text)
        except (PatternError, RegexError) as error:
            refused.append(error)
        assert all(str(error) and error.fix for error in refused)
