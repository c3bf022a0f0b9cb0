"""Entries of ``allowedOrigins`` that are no regex: what they let in beside what was meant."""

from collections.abc import Iterator

from cors_authz.config.document import PolicyDocument
from cors_authz.config.draft import Draft, OriginEntry
from cors_authz.config.finding import Finding
from cors_authz.config.lint.sites import is_loopback, is_public_suffix, suffix_below
from cors_authz.config.rule import RuleId
from cors_authz.config.written import Written
from cors_authz.policy.pattern import ExactOrigin, WildcardOrigin

_Policy = Written[PolicyDocument]

INSECURE = (
    "whoever sits on the network between can put scripts into a page that comes over http, "
    "and they read the responses"
)


def check_null_origin(draft: Draft) -> Iterator[Finding]:
    """``null`` is nobody's origin, and everybody can have it (Fetch standard 3.2)."""
    for policy, entry in origin_entries(draft):
        if isinstance(entry.pattern, ExactOrigin) and entry.pattern.origin.is_null:
            yield from null_finding(policy, entry, "null is the origin")


def null_finding(policy: _Policy, entry: OriginEntry, subject: str) -> Iterator[Finding]:
    """Tell that ``null`` is accepted."""
    yield from policy.finding(
        RuleId.NULL_ORIGIN,
        entry.at,
        f"{subject} of sandboxed frames, files and data: URLs, which every site can make",
        "list the origin that the pages would have outside a sandbox, and not null",
    )


def check_insecure_origins(draft: Draft) -> Iterator[Finding]:
    """Only this machine can be trusted over http (W3C Secure Contexts 3.1)."""
    for policy, entry in origin_entries(draft):
        match entry.pattern:
            case ExactOrigin(text, origin):
                scheme, host = origin.scheme, origin.host
            case WildcardOrigin(text, scheme, host):
                pass
            case _:
                continue
        if scheme == "http" and not is_loopback(host):
            secure = f"write https{text.removeprefix('http')}"
            yield from policy.finding(
                RuleId.INSECURE_ORIGIN, entry.at, f"{text} is insecure: {INSECURE}", secure
            )


def check_wildcard_origins(draft: Draft) -> Iterator[Finding]:
    """A wildcard keeps to one owner, and to subdomains that deserve cookies."""
    for policy, entry in origin_entries(draft):
        pattern = entry.pattern
        if not isinstance(pattern, WildcardOrigin) or not pattern.any_subdomain:
            continue
        suffix = pattern.host if is_public_suffix(pattern.host) else suffix_below(pattern.host)
        if suffix is not None:
            example = f"{pattern.scheme}://evil.{suffix}"
            yield from suffix_finding(policy, entry, suffix, example)
        elif not is_loopback(pattern.host):
            yield from subdomains_finding(policy, entry, pattern.host)


def suffix_finding(
    policy: _Policy, entry: OriginEntry, suffix: str, example: str
) -> Iterator[Finding]:
    """Tell that names below a public suffix are accepted."""
    yield from policy.finding(
        RuleId.PUBLIC_SUFFIX,
        entry.at,
        f"{suffix} is a public suffix: anybody can have a name below it, and {example} is accepted",
        f"spell your own name below it, for example https://*.your-name.{suffix}",
    )


def subdomains_finding(policy: _Policy, entry: OriginEntry, domain: str) -> Iterator[Finding]:
    """Tell that every subdomain may send credentials."""
    if policy.document.allow_credentials:
        yield from policy.finding(
            RuleId.ALL_SUBDOMAINS_WITH_CREDENTIALS,
            entry.at,
            f"every subdomain of {domain} may send requests with credentials, so that one with "
            "a script injected, or a forgotten one taken over, is enough",
            "list the subdomains that need credentials",
        )


def origin_entries(draft: Draft) -> Iterator[tuple[_Policy, OriginEntry]]:
    """Every entry that is a pattern, with its policy."""
    for policy in draft.policies:
        for entry in policy.origins:
            yield policy.written, entry
