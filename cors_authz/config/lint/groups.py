"""Which policies groups use: none, one twice, and the policies that none uses."""

from collections.abc import Iterator

from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId


def check_groups_not_empty(draft: Draft) -> Iterator[Finding]:
    """Without policies no other origin gets in."""
    for group in draft.groups:
        if group.has("policies") and "policies" not in group.broken and not group.document.policies:
            yield from group.finding(
                RuleId.GROUP_EMPTY,
                group.at("policies"),
                "the group has no policies, so that it denies every request of another origin",
                "name the policies that decide here, or remove the group",
            )


def check_policies_once(draft: Draft) -> Iterator[Finding]:
    """A second mention can change nothing."""
    for group in draft.groups:
        seen: set[str] = set()
        for entry, at in group.entries("policies"):
            if entry in seen:
                yield from group.finding(
                    RuleId.POLICY_REPEATED,
                    at,
                    f"{entry} stands there already, and its second mention changes nothing",
                    "remove it",
                )
            seen.add(entry)


def check_policies_used(draft: Draft) -> Iterator[Finding]:
    """A policy that no group names decides nothing.

    Nothing is told unless all was read, and while groups name policies that are not there:
    a misspelled name is one mistake, not two.
    """
    used = {entry for group in draft.groups for entry, _ in group.entries("policies")}
    known = {policy.written.name for policy in draft.policies}
    broken = any("policies" in group.broken for group in draft.groups)
    if not draft.complete or not draft.groups or broken or not used <= known:
        return
    for policy in draft.policies:
        written = policy.written
        if written.name is not None and written.name not in used:
            yield from written.finding(
                RuleId.POLICY_UNUSED,
                written.at("name"),
                f"no group names {written.name}, so that it decides nothing",
                "name it under a group's policies, or remove it",
            )
