"""Unquoted scalars: what readers of YAML agree on is read, the rest is refused."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.config.scalar import Unread, resolve_plain

_AGREED = [
    ("", Unread.NULL),
    ("~", Unread.NULL),
    ("null", Unread.NULL),
    ("true", True),
    ("False", False),
    ("0", 0),
    ("-17", -17),
    ("1.5", 1.5),
    ("1e3", 1000.0),
    ("-1.5E-2", -0.015),
    ("HTTP/1.1", "HTTP/1.1"),
    ("api.example.com", "api.example.com"),
    ("10.0.0.1", "10.0.0.1"),
    ("1.2.3", "1.2.3"),
    ("=/v1/orders", "=/v1/orders"),
    ("~/v1/.*", "~/v1/.*"),
    ("none", "none"),
    ("+x", "+x"),
]

_DISPUTED = [
    *("yes", "No", "ON", "off", "y", "N", "=", "<<", ".inf", "-.INF", ".NaN"),
    *("010", "0o17", "0x1F", "0b11", "1_000", "+0900", "1:30", "190:20:30", "1:20.5"),
    *("2026-11-22", "2026-11-22T14:00:00Z", "2026-11-22 14:00:00.5 +1", "1e999", "9" * 40),
]


@pytest.mark.parametrize(("text", "value"), _AGREED)
def test_what_readers_agree_on_is_read(text: str, value: object) -> None:
    resolved = resolve_plain(text)
    assert resolved == value
    assert type(resolved) is type(value)


@pytest.mark.parametrize("text", _DISPUTED)
def test_what_readers_dispute_is_ambiguous(text: str) -> None:
    assert resolve_plain(text) is Unread.AMBIGUOUS


_LOADER: Any = yaml.SafeLoader("")


_PLAIN = st.text("0123456789+-.:_exXoOabEFINntyTZ ", max_size=12) | st.text(max_size=8).filter(
    lambda text: not text.startswith(("!", "&", "*"))
)
"""Scalars that may stand without quotes; these three begin something else in YAML."""


@given(_PLAIN)
def test_whatever_is_read_as_text_is_text_to_a_reader_of_yaml_1_1(text: str) -> None:
    if isinstance(resolve_plain(text), str):
        tag = _LOADER.resolve(yaml.ScalarNode, text, (True, False))
        assert tag == "tag:yaml.org,2002:str"


@given(st.integers(-(10**30), 10**30))
def test_numbers_come_out_as_they_went_in(number: int) -> None:
    assert resolve_plain(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_fractions_come_out_as_they_went_in(number: float) -> None:
    assert resolve_plain(repr(number)) == number
