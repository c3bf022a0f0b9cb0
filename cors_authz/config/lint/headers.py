"""Entries of ``allowedHeaders`` and ``exposedHeaders``."""

from collections.abc import Iterator

from cors_authz.config.compile import WILDCARD
from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId
from cors_authz.policy.header_names import AUTHORIZATION, is_token
from cors_authz.policy.safelist import is_forbidden

_FORBIDDEN_RESPONSE = frozenset({"set-cookie", "set-cookie2"})
"""Forbidden response-header names (Fetch standard 2.2.2)."""


def check_headers(draft: Draft) -> Iterator[Finding]:
    """Every entry is ``*``, or a header name that CORS can allow or expose."""
    for policy in draft.policies:
        for key, problem_of in (
            ("allowedHeaders", _requested_problem),
            ("exposedHeaders", _exposed_problem),
        ):
            for entry, at in policy.written.entries(key):
                problem = None if entry == WILDCARD else _problem(entry) or problem_of(entry)
                if problem is not None:
                    yield from policy.written.finding(RuleId.HEADER_INVALID, at, *problem)


def check_authorization_with_wildcard(draft: Draft) -> Iterator[Finding]:
    """``*`` never stands for Authorization (Fetch standard 4.8, CORS-preflight fetch)."""
    for policy in draft.policies:
        entries = {entry.lower(): at for entry, at in policy.written.entries("allowedHeaders")}
        if WILDCARD in entries and AUTHORIZATION not in entries:
            yield from policy.written.finding(
                RuleId.HEADERS_WILDCARD_AUTHORIZATION,
                entries[WILDCARD],
                "* does not cover authorization, so that pages cannot send tokens",
                'write ["*", authorization], or acknowledge this if none are sent',
            )


def check_wildcards_alone(draft: Draft) -> Iterator[Finding]:
    """What stands beside ``*`` is covered by it, so that one of the two is a mistake."""
    for policy in draft.policies:
        written = policy.written
        for key, uncovered in (
            ("allowedOrigins", frozenset[str]()),
            ("allowedHeaders", frozenset({AUTHORIZATION})),
            ("exposedHeaders", frozenset[str]()),
        ):
            if key != "allowedHeaders" and written.document.allow_credentials:
                continue  # there the * itself is refused
            entries = list(written.entries(key))
            wildcard = next((at for entry, at in entries if entry == WILDCARD), None)
            covered = [e for e, _ in entries if e != WILDCARD and e.lower() not in uncovered]
            if wildcard is not None and covered:
                yield from written.finding(
                    RuleId.WILDCARD_MIXED,
                    wildcard,
                    f"* covers what stands beside it: {', '.join(covered[:3])}",
                    "remove the *, or the others",
                )


def _problem(entry: str) -> tuple[str, str] | None:
    if not is_token(entry):
        return (
            f"{entry!r} is no header name",
            "write a name such as content-type, without colon or value, one to an entry",
        )
    name = entry.lower()
    if name == "origin" or name.startswith("access-control-"):
        return f"{entry} belongs to CORS itself; listing it does nothing", "remove it"
    return None


def _requested_problem(entry: str) -> tuple[str, str] | None:
    name = entry.lower()
    if is_forbidden(name):
        fix = "remove it"
        if name == "cookie":
            fix = "remove it; allowCredentials: true is what lets cookies be sent"
        return f"browsers let no page set {entry}", fix
    return None


def _exposed_problem(entry: str) -> tuple[str, str] | None:
    if entry.lower() in _FORBIDDEN_RESPONSE:
        return f"browsers let no page read {entry}", "remove it"
    return None
