"""What groups claim: entries of ``hosts`` and ``paths``, and claims that clash."""

from collections.abc import Callable, Iterator

from cors_authz.config.document import GroupDocument
from cors_authz.config.draft import Draft
from cors_authz.config.excerpt import Position
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId
from cors_authz.config.written import Written
from cors_authz.policy.pattern import PatternError
from cors_authz.policy.regex import RegexError
from cors_authz.policy.router import EVERY_HOST, check_host_entry, check_path_entry

MAX_CLAIMS = 1_000_000
"""Of all groups together: each pair of host and path takes some 200 bytes in the router."""

_Group = Written[GroupDocument]
_EntryCheck = Callable[[str], None]


def check_hosts(draft: Draft) -> Iterator[Finding]:
    """Every entry of ``hosts`` is a host in normal form."""
    yield from _check_entries(draft, "hosts", check_host_entry, RuleId.HOST_SYNTAX)


def check_paths(draft: Draft) -> Iterator[Finding]:
    """Every entry of ``paths`` is a path in normal form, or a regex that compiles."""
    yield from _check_entries(draft, "paths", check_path_entry, RuleId.PATH_SYNTAX)


def check_conflicts(draft: Draft) -> Iterator[Finding]:
    """No two groups claim the same host and path; entries in normal form compare as texts."""
    holders: dict[tuple[str, str | None], _Group] = {}
    told: set[tuple[int, int, Position]] = set()
    for group in draft.groups:
        for host, path, at in _claims(group):
            holder = holders.setdefault((host, path), group)
            sighting = (id(holder), id(group), at)
            if holder is not group and sighting not in told:
                told.add(sighting)
                yield from _conflict(group, holder, host, path, at)
            if len(holders) > MAX_CLAIMS:
                yield from group.finding(
                    RuleId.VALUE_RANGE,
                    at,
                    f"the groups claim more than {MAX_CLAIMS} pairs of host and path",
                    "use wildcards and prefixes",
                )
                return


def _check_entries(draft: Draft, key: str, check: _EntryCheck, rule: RuleId) -> Iterator[Finding]:
    for group in draft.groups:
        for entry, at in group.entries(key):
            fault = _fault(check, entry)
            if fault is not None:
                yield from group.finding(rule, at, str(fault), fault.fix)


def _claims(group: _Group) -> Iterator[tuple[str, str | None, Position]]:
    """Every host and path that a group claims, with the entry to blame: the path's if any."""
    hosts = _sound_entries(group, "hosts", check_host_entry)
    paths = _sound_entries(group, "paths", check_path_entry)
    for host, host_at in [(EVERY_HOST, group.at("name"))] if hosts is None else hosts:
        for path, path_at in [(None, host_at)] if paths is None else paths:
            yield host, path, path_at


def _sound_entries(
    group: _Group, key: str, check: _EntryCheck
) -> list[tuple[str, Position]] | None:
    """The entries in normal form; ``None`` where the group takes all."""
    if not group.has(key):
        return None
    return [(entry, at) for entry, at in group.entries(key) if _fault(check, entry) is None]


def _fault(check: _EntryCheck, entry: str) -> PatternError | RegexError | None:
    try:
        check(entry)
    except (PatternError, RegexError) as error:
        return error
    return None


def _conflict(
    group: _Group, holder: _Group, host: str, path: str | None, at: Position
) -> Iterator[Finding]:
    hosts = "every host" if host == EVERY_HOST else host
    paths = "every path" if path is None else path
    yield from group.finding(
        RuleId.GROUP_CONFLICT,
        at,
        f"{paths} of {hosts} belongs to group {holder.name} already, in {holder.place}",
        "let one of them claim another host or path, or make them one group",
    )
