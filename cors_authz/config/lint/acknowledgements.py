"""Entries of ``acknowledge``."""

from collections.abc import Iterator

from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding
from cors_authz.config.nearest import nearest
from cors_authz.config.rule import RULES, RuleId, Severity

_ACCEPTED = {rule.value: rule for rule in RuleId if RULES[rule].severity is not Severity.ERROR}
"""The rules that can be acknowledged; those that always refuse the set cannot."""


def check_acknowledgements(draft: Draft) -> Iterator[Finding]:
    """Every entry is the id of a rule whose danger can be accepted."""
    for policy in draft.policies:
        for entry, at in policy.written.entries("acknowledge"):
            if entry in _ACCEPTED:
                continue
            yield from policy.written.finding(RuleId.ACKNOWLEDGE_INVALID, at, *_problem(entry))


def _problem(entry: str) -> tuple[str, str]:
    if entry in RULES:
        return f"{entry} always refuses the set and cannot be acknowledged", "remove it"
    meant = nearest(entry, _ACCEPTED)
    return f"no rule has the id {entry}", f"write {meant}" if meant else "remove it"
