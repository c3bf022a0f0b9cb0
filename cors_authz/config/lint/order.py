"""What the policies of a group do to each other: some hide others, some contradict others.

Only what is proven is told: on exact origins, and on what wildcards and expressions spell.
Policies that only report are left out, as they decide nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cors_authz.config.document import GroupDocument
from cors_authz.config.draft import Draft, PolicyDraft
from cors_authz.config.excerpt import Position
from cors_authz.config.finding import Finding
from cors_authz.config.lint.cover import Cover
from cors_authz.config.lint.disjoint import disjoint_at
from cors_authz.config.rule import RULES, RuleId
from cors_authz.config.written import Written
from cors_authz.policy.policy import Policy
from cors_authz.policy.terms import Evaluation, Mode


@dataclass(frozen=True, slots=True)
class _Member:
    """A sound policy in force, and the entry of the group that names it."""

    policy: Policy
    at: Position


def check_order(draft: Draft) -> Iterator[Finding]:
    """Every policy of a group can decide something, and all together can allow something."""
    by_name: dict[str | None, PolicyDraft] = {}
    for policy in draft.policies:
        by_name.setdefault(policy.written.name, policy)
    default = draft.settings[0].document.evaluation if draft.settings else Evaluation.FIRST_MATCH
    for group in draft.groups:
        members = list(_members(group, by_name))
        if len(members) < 2 or "evaluation" in group.broken:
            continue
        if (group.document.evaluation or default) is Evaluation.ALL:
            yield from _check_disjoint(group, members)
        else:
            yield from _check_unreachable(group, members)


def _members(
    group: Written[GroupDocument], by_name: dict[str | None, PolicyDraft]
) -> Iterator[_Member]:
    seen: set[str] = set()
    for entry, at in group.entries("policies"):
        draft = by_name.get(entry)
        if entry in seen or draft is None or draft.policy is None:
            continue
        seen.add(entry)
        if draft.policy.mode is not Mode.REPORT_ONLY:
            yield _Member(draft.policy, at)


def _check_disjoint(group: Written[GroupDocument], members: Sequence[_Member]) -> Iterator[Finding]:
    for what, index in disjoint_at([member.policy for member in members]):
        name = members[index].policy.name
        others = ", ".join(member.policy.name for member in members[:index])
        yield from group.finding(
            RuleId.POLICIES_DISJOINT,
            members[index].at,
            f"no {what} passes {name} and what stands before it ({others}), so that every "
            "request of another origin is denied",
            "write evaluation: firstMatch if each policy is for origins of its own, else give "
            f"them a common {what}",
        )


def _check_unreachable(
    group: Written[GroupDocument], members: Sequence[_Member]
) -> Iterator[Finding]:
    cover = Cover()
    for index, member in enumerate(members):
        hiders = cover.hiders(member.policy, [earlier.policy for earlier in members[:index]])
        level = RULES[RuleId.POLICY_UNREACHABLE].severity.level(
            credentials=member.policy.credentials,
            acknowledged=RuleId.POLICY_UNREACHABLE in member.policy.acknowledged,
        )
        if hiders and level is not None:
            yield group.excerpt.finding(
                RuleId.POLICY_UNREACHABLE,
                member.at,
                _unreachable(member.policy, hiders),
                f"name {member.policy.name} first, or remove it",
                level=level,
                policy=member.policy.name,
                group=group.name,
            )


def _unreachable(policy: Policy, hiders: Sequence[Policy]) -> str:
    names = ", ".join(hider.name for hider in hiders)
    left = "" if all(hider.accepts_handshakes for hider in hiders) else " but WebSocket handshakes"
    return (
        f"every origin of {policy.name} is accepted by what stands before it ({names}), which "
        f"decides alone, so that nothing{left} reaches it"
    )
