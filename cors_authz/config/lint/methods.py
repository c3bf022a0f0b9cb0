"""Entries of ``allowedMethods``."""

from collections.abc import Iterator

from cors_authz.config.compile import WILDCARD
from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId
from cors_authz.policy.classify import MAX_REQUESTED_METHOD_BYTES
from cors_authz.policy.header_names import is_token

_FORBIDDEN = frozenset({"CONNECT", "TRACE", "TRACK"})
"""Methods that no page can use, in any case of letters (Fetch standard 2.2.1)."""


_STANDARD = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""The methods that pages use (RFC 9110 9.3, RFC 5789)."""


def check_methods(draft: Draft) -> Iterator[Finding]:
    """Every entry is a method that a page can use."""
    for policy in draft.policies:
        for entry, at in policy.written.entries("allowedMethods"):
            problem = _problem(entry)
            if problem is not None:
                yield from policy.written.finding(RuleId.METHOD_INVALID, at, *problem)


def check_method_case(draft: Draft) -> Iterator[Finding]:
    """Methods are case-sensitive, and the standard ones in upper case (RFC 9110 9.1)."""
    for policy in draft.policies:
        for entry, at in policy.written.entries("allowedMethods"):
            if entry.upper() in _STANDARD and entry != entry.upper():
                yield from policy.written.finding(
                    RuleId.METHOD_CASE,
                    at,
                    f"methods are compared with case, so that {entry} does not allow "
                    f"{entry.upper()}",
                    f"write {entry.upper()}",
                )


def _problem(entry: str) -> tuple[str, str] | None:
    if entry == WILDCARD:
        return "* is no method", "leave allowedMethods out to allow all methods"
    if not is_token(entry):
        return f"{entry!r} is no method", "write a method such as GET, one to an entry"
    if len(entry) > MAX_REQUESTED_METHOD_BYTES:
        return (
            f"a preflight may ask for a method of {MAX_REQUESTED_METHOD_BYTES} bytes at most",
            "give the method a shorter name",
        )
    if entry.upper() in _FORBIDDEN:
        return f"browsers let no page use {entry}", "remove it"
    return None
