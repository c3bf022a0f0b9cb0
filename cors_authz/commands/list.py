"""``cors-authz list``."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from cors_authz.commands.loading import require_policy_set
from cors_authz.commands.terminal import table
from cors_authz.policy.decide import PolicySet
from cors_authz.policy.group import Group
from cors_authz.policy.listing import (
    group_members,
    groups_using,
    policy_members,
    selected_groups,
    selected_policies,
)
from cors_authz.policy.policy import Policy
from cors_authz.policy.selector import Selector, SelectorError, parse_selector

_MAX_ENTRIES = 3
"""Of a list in one cell; the JSON has them all."""


@click.command("list")
@click.argument("what", type=click.Choice(["policies", "groups"]))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--selector",
    "-l",
    metavar="SELECTOR",
    default="",
    help="Tags to select by, as in kubectl: env=prod,team!=web,tier in (a,b),owner,!legacy.",
)
@click.option(
    "--format",
    "output_format",
    envvar="CORS_AUTHZ_LIST_FORMAT",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table, or everything as JSON.",
)
def list_command(what: str, paths: tuple[Path, ...], *, selector: str, output_format: str) -> None:
    """List the policies or API groups of a set, in the order of its files.

    \b
    Examples:
      cors-authz list policies policies/ --selector env=prod
      cors-authz list groups policies/ -l 'team in (web,orders)' --format json
    """  # noqa: D301 - click reads \b as "keep these lines"
    try:
        chosen = parse_selector(selector)
    except SelectorError as error:
        raise click.UsageError(f"--selector: {error}; {error.fix}") from error
    policy_set = require_policy_set(paths)
    if output_format == "json":
        click.echo(json.dumps(_members(what, policy_set, chosen), indent=2))
    elif what == "policies":
        click.echo(_policies_table(policy_set, selected_policies(policy_set, chosen)))
    else:
        click.echo(_groups_table(selected_groups(policy_set, chosen)))


def _members(what: str, policy_set: PolicySet, selector: Selector) -> list[Mapping[str, object]]:
    if what == "groups":
        return [group_members(group) for group in selected_groups(policy_set, selector)]
    return [
        {**policy_members(policy), "groups": list(groups_using(policy_set, policy))}
        for policy in selected_policies(policy_set, selector)
    ]


def _policies_table(policy_set: PolicySet, policies: Iterable[Policy]) -> str:
    heads = ("NAME", "MODE", "ORIGINS", "METHODS", "CREDENTIALS", "GROUPS", "TAGS")
    rows = [
        (
            policy.name,
            policy.mode.value,
            _entries(pattern.text for pattern in policy.origins.patterns),
            _entries(policy.methods.listed),
            "yes" if policy.credentials else "no",
            _entries(groups_using(policy_set, policy)),
            _tags(policy.tags),
        )
        for policy in policies
    ]
    return table(heads, rows)


def _groups_table(groups: Iterable[Group]) -> str:
    heads = ("NAME", "HOSTS", "PATHS", "EVALUATION", "POLICIES", "TAGS")
    rows = [
        (
            group.name,
            _entries(group.hosts),
            _entries(group.paths),
            group.evaluation.value,
            _entries(policy.name for policy in group.policies),
            _tags(group.tags),
        )
        for group in groups
    ]
    return table(heads, rows)


def _entries(entries: Iterable[str] | None) -> str:
    """``*`` where there is no list, so that everything is in it."""
    if entries is None:
        return "*"
    listed = tuple(entries)
    more = len(listed) - _MAX_ENTRIES
    text = ", ".join(listed[:_MAX_ENTRIES]) or "-"
    return f"{text} +{more}" if more > 0 else text


def _tags(tags: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in tags.items()) or "-"
