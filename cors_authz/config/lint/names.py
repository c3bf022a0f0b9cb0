"""Names of policies and groups, and the references to them."""

from collections.abc import Iterable, Iterator

from cors_authz.config.document import GroupDocument, PolicyDocument
from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding
from cors_authz.config.nearest import nearest
from cors_authz.config.rule import RuleId
from cors_authz.config.written import Written

_MAX_SUGGESTIONS = 20
"""Each compares with every name: a tenth of a second in a set of 10,000."""


def check_names_printable(draft: Draft) -> Iterator[Finding]:
    """Names stand in logs, metrics, routes and on the page."""
    for written in _named(draft):
        name = written.document.name
        if "name" not in written.broken and not (name.isprintable() and name == name.strip()):
            yield from written.finding(
                RuleId.NAME_INVALID,
                written.at("name"),
                "a name has blanks around it, or a character that cannot be printed",
                "write letters, digits, dashes and dots",
            )


def check_names_distinct(draft: Draft) -> Iterator[Finding]:
    """No two policies, and no two groups, have the same name."""
    yield from _distinct(policy.written for policy in draft.policies)
    yield from _distinct(draft.groups)


def check_names_known(draft: Draft) -> Iterator[Finding]:
    """Every policy that a group names is there, as far as the files could be read."""
    known = {policy.written.name: policy.written.name or "" for policy in draft.policies}
    suggestions = _MAX_SUGGESTIONS
    for group in draft.groups:
        for entry, at in group.entries("policies"):
            if entry in known or draft.may_hide(entry):
                continue
            meant = None
            if suggestions > 0:
                suggestions -= 1
                meant = nearest(entry, known.values())
            fix = f"write {meant}" if meant else "define it under policies, or remove it here"
            yield from group.finding(
                RuleId.NAME_UNKNOWN, at, f"there is no policy named {entry}", fix
            )


def _named(draft: Draft) -> Iterator[Written[PolicyDocument] | Written[GroupDocument]]:
    yield from (policy.written for policy in draft.policies)
    yield from draft.groups


def _distinct(
    documents: Iterable[Written[PolicyDocument] | Written[GroupDocument]],
) -> Iterator[Finding]:
    first: dict[str, Written[PolicyDocument] | Written[GroupDocument]] = {}
    for written in documents:
        name = written.name
        if name is None:
            continue
        other = first.setdefault(name, written)
        if other is not written:
            yield from written.finding(
                RuleId.NAME_DUPLICATE,
                written.at("name"),
                f"the name {name} is taken, in {other.place}",
                "give each a name of its own",
            )
