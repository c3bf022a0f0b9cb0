"""How many patterns there may be: what is matched one by one costs every request."""

from collections.abc import Iterator

from cors_authz.config.draft import Draft, PolicyDraft
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId
from cors_authz.policy.pattern import RegexOrigin, WildcardOrigin

MAX_POLICY_REGEXES = 100
"""Of one policy: each takes some microseconds, one after the other."""

MAX_POLICY_WILDCARDS = 1000
"""Of one policy: each takes some tenths of a microsecond, one after the other."""

MAX_GROUP_PATH_REGEXES = 100
"""Of one group: they are tried before prefixes."""

MAX_REGEXES = 20_000
"""Of the whole set: each takes some 10 KB in every process, once it has been matched."""


def check_pattern_counts(draft: Draft) -> Iterator[Finding]:
    """No request has to wait for a list that somebody generated."""
    for policy in draft.policies:
        yield from _check_policy(policy, RegexOrigin, MAX_POLICY_REGEXES, "expressions")
        yield from _check_policy(policy, WildcardOrigin, MAX_POLICY_WILDCARDS, "wildcards")
    count = sum(isinstance(e.pattern, RegexOrigin) for p in draft.policies for e in p.origins)
    for group in draft.groups:
        paths = [at for entry, at in group.entries("paths") if entry.startswith("~")]
        count += len(paths)
        if len(paths) > MAX_GROUP_PATH_REGEXES:
            yield from group.finding(
                RuleId.VALUE_RANGE,
                paths[MAX_GROUP_PATH_REGEXES],
                f"the group has {len(paths)} expressions, more than {MAX_GROUP_PATH_REGEXES}",
                "write prefixes, which are looked up all at once",
            )
    if count > MAX_REGEXES:
        yield from draft.finding(
            RuleId.VALUE_RANGE,
            f"the set has {count} expressions, more than {MAX_REGEXES}",
            "list origins and prefixes, which are looked up all at once",
        )


def _check_policy(
    policy: PolicyDraft, kind: type[RegexOrigin | WildcardOrigin], limit: int, what: str
) -> Iterator[Finding]:
    entries = [entry for entry in policy.origins if isinstance(entry.pattern, kind)]
    if len(entries) > limit:
        yield from policy.written.finding(
            RuleId.VALUE_RANGE,
            entries[limit].at,
            f"the policy has {len(entries)} {what}, more than {limit}",
            "list the origins, which are looked up all at once",
        )
