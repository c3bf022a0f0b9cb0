"""Regexes in ``allowedOrigins``: findings from what :mod:`.expression` found out."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cors_authz.config.document import PolicyDocument
from cors_authz.config.draft import Draft, OriginEntry
from cors_authz.config.finding import Finding
from cors_authz.config.lint.expression.judge import Judgement, Looseness, judge
from cors_authz.config.lint.origins import (
    INSECURE,
    null_finding,
    origin_entries,
    subdomains_finding,
    suffix_finding,
)
from cors_authz.config.rule import RuleId
from cors_authz.config.written import Written
from cors_authz.policy.pattern import RegexOrigin

_Policy = Written[PolicyDocument]

_LOOSENESS: Mapping[Looseness, tuple[str, str]] = MappingProxyType(
    {
        Looseness.DOT: (
            "a dot without backslash stands for any character",
            r"write \. where a dot is meant, and [a-z0-9-] where a character of a label is",
        ),
        Looseness.ANYTHING: (
            "the host has a stretch of any characters",
            r"write [a-z0-9-]+ for one label, or ([a-z0-9-]+\.)+ for several",
        ),
        Looseness.SCHEME: (
            "the scheme is open",
            "write https://",
        ),
        Looseness.NO_ORIGIN: (
            "texts that are no origins match, although the server refuses them before",
            "write [0-9]+ for a port, and [a-z0-9-]+ for a label",
        ),
        Looseness.UNREADABLE: (
            "the expression is too intricate to be checked for hostile origins",
            "write several shorter expressions, or list the origins",
        ),
    }
)


def check_regexes(draft: Draft) -> Iterator[Finding]:
    """An expression admits whom its author meant, and nobody else."""
    judged: dict[str, Judgement] = {}
    for policy, entry in origin_entries(draft):
        if isinstance(entry.pattern, RegexOrigin):
            expression = entry.pattern.text.removeprefix("~")
            judgement = judged.get(expression)
            if judgement is None:
                judgement = judged[expression] = judge(expression)
            yield from _findings(policy, entry, judgement)


def _findings(policy: _Policy, entry: OriginEntry, judgement: Judgement) -> Iterator[Finding]:
    if judgement.never_matches:
        yield from _never_matches(policy, entry)
    elif judgement.any_site is not None:
        yield from _any_site(policy, entry, judgement.any_site)
    else:
        if judgement.accepts_null:
            yield from null_finding(policy, entry, "the expression accepts null, the origin")
        if judgement.insecure is not None:
            yield from _insecure(policy, entry, judgement.insecure)
        yield from _too_wide(policy, entry, judgement)


def _never_matches(policy: _Policy, entry: OriginEntry) -> Iterator[Finding]:
    yield from policy.finding(
        RuleId.REGEX_NEVER_MATCHES,
        entry.at,
        "no origin matches: browsers send scheme, host and port, in lower case, without path, "
        "slash at the end or default port, and the expression must match all of it",
        r"write the whole origin, for example ~https://pr-[0-9]+\.example\.com",
    )


def _any_site(policy: _Policy, entry: OriginEntry, example: str) -> Iterator[Finding]:
    if policy.document.allow_credentials:
        yield from policy.finding(
            RuleId.ANY_ORIGIN_WITH_CREDENTIALS,
            entry.at,
            f"the expression accepts sites that you do not know, such as {example}, and lets "
            "them send requests with credentials",
            "list the origins that need credentials, or set allowCredentials to false",
        )
    else:
        yield from policy.finding(
            RuleId.REGEX_LOOSE,
            entry.at,
            f"the expression accepts sites that you do not know, such as {example}",
            'write "*" if every site is meant, else spell the domain',
        )


def _insecure(policy: _Policy, entry: OriginEntry, example: str) -> Iterator[Finding]:
    yield from policy.finding(
        RuleId.INSECURE_ORIGIN,
        entry.at,
        f"the expression accepts {example}: {INSECURE}",
        "write https:// and nothing else for the scheme",
    )


def _too_wide(policy: _Policy, entry: OriginEntry, judgement: Judgement) -> Iterator[Finding]:
    if judgement.other_site is not None:
        yield from policy.finding(
            RuleId.REGEX_HOSTILE_MATCH,
            entry.at,
            f"the expression accepts {judgement.other_site}, which somebody else can have",
            r"spell the whole domain with \. for each dot, with ([a-z0-9-]+\.)+ before it if "
            "subdomains are meant, and nothing behind it but (:[0-9]+)? for a port",
        )
    if judgement.suffix is not None and judgement.suffix_site is not None:
        yield from suffix_finding(policy, entry, judgement.suffix, judgement.suffix_site)
    elif judgement.all_subdomains_of is not None:
        yield from subdomains_finding(policy, entry, judgement.all_subdomains_of)
    if judgement.looseness is not None:
        problem, fix = _LOOSENESS[judgement.looseness]
        yield from policy.finding(RuleId.REGEX_LOOSE, entry.at, problem, fix)
