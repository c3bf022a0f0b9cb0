"""Envoy's string patterns, tried on a text that is known."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import re2

from cors_authz.envoy.doctor.node import Node

TESTS: Mapping[str, Callable[[str, str], bool]] = MappingProxyType(
    {
        "exact": lambda text, wanted: text == wanted,
        "prefix": lambda text, wanted: text.startswith(wanted),
        "suffix": lambda text, wanted: text.endswith(wanted),
        "contains": lambda text, wanted: wanted in text,
    }
)
"""By the kind of pattern, whether a text fits it."""


def full_match(regex: str, text: str) -> bool | None:
    """Whether a regex of RE2 fits the whole text; ``None`` where it is none.

    JSON can hold halves of surrogate pairs, which are no characters.
    """
    try:
        return re2.fullmatch(regex, text) is not None if regex else None
    except (re2.error, UnicodeEncodeError):
        return None


def matches(pattern: Node, text: str) -> bool | None:
    """Try a ``StringMatcher`` (envoy/type/matcher/v3/string.proto).

    ``None`` where the pattern is of a kind that cannot be read here.
    """
    ignoring = pattern.is_true("ignore_case")
    for kind, test in TESTS.items():
        if pattern.get(kind):
            wanted = pattern.text(kind)
            return test(text.lower(), wanted.lower()) if ignoring else test(text, wanted)
    return full_match(pattern.get("safe_regex").text("regex"), text)
