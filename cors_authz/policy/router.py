"""From a request's host and path to its API group, by hash tables and a trie.

An entry of ``hosts`` is a host in lower case or ``*.`` and a host; one of ``paths`` is a
prefix, ``=`` and an exact path, or ``~`` and an RE2 expression. Entries are in normal
form: whoever builds a router has checked them with :func:`check_host_entry` and
:func:`check_path_entry`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cors_authz.policy.authority import canonical_ip, parse_authority
from cors_authz.policy.group import Group
from cors_authz.policy.path import normalise_path, path_readings
from cors_authz.policy.pattern import PatternError
from cors_authz.policy.regex import Regex, compile_regex

EVERY_HOST = "*"
"""The key of groups without ``hosts``."""


class RouteConflictError(ValueError):
    """Two groups claim the same host and path."""

    def __init__(self, first: Group, second: Group, host: str, path: str | None) -> None:
        super().__init__(
            f"groups {first.name} and {second.name} both claim "
            f"{'every path' if path is None else path} of "
            f"{'every host' if host == EVERY_HOST else host}"
        )
        self.first = first
        self.second = second
        self.host = host
        self.path = path


class Route(NamedTuple):
    """Where a request belongs, and by which entries; all ``None`` where to no group."""

    group: Group | None
    host_entry: str | None = None
    path_entry: str | None = None
    """``None`` with a group: the group takes every path."""
    ambiguous_with: tuple[Group | None, ...] = ()
    """Other groups that servers which read the path differently would say it belongs to."""


_NOWHERE = Route(None)


@dataclass(slots=True)
class _PrefixNode:
    children: dict[str, "_PrefixNode"] = field(default_factory=dict)
    claim: tuple[Group, str] | None = None


class _PathTable:
    """The paths of one host entry."""

    def __init__(self) -> None:
        self._exact: dict[str, tuple[Group, str]] = {}
        self._regexes: dict[str, tuple[Group, Regex]] = {}
        self._prefixes = _PrefixNode()
        self._prefix_depth = 0
        self._every_path: Group | None = None

    def add(self, group: Group, entry: str | None) -> Group | None:
        """Enter a claim; return the group that has it already, if another has."""
        if entry is None:
            self._every_path = self._every_path or group
            return _other(self._every_path, group)
        if entry.startswith("="):
            return _other(self._exact.setdefault(entry[1:], (group, entry))[0], group)
        if entry.startswith("~"):
            known = self._regexes.get(entry)
            if known is None:
                self._regexes[entry] = (group, compile_regex(entry[1:]))
            return None if known is None else _other(known[0], group)
        segments = _segments(entry)
        self._prefix_depth = max(self._prefix_depth, len(segments))
        node = self._prefixes
        for segment in segments:
            node = node.children.setdefault(segment, _PrefixNode())
        node.claim = node.claim or (group, entry)
        return _other(node.claim[0], group)

    def find(self, path: str) -> tuple[Group, str | None] | None:
        """The group that claims a normalised path: exact, regex, longest prefix, every path."""
        exact = self._exact.get(path)
        if exact is not None:
            return exact
        for entry, (group, regex) in self._regexes.items():
            if regex.fullmatch(path) is not None:
                return group, entry
        claim = self._longest_prefix(path)
        if claim is not None:
            return claim
        return None if self._every_path is None else (self._every_path, None)

    def _longest_prefix(self, path: str) -> tuple[Group, str] | None:
        if not path.startswith("/"):
            return None
        node = self._prefixes
        claim = node.claim
        for segment in path[1:].split("/", self._prefix_depth)[: self._prefix_depth]:
            child = node.children.get(segment)
            if child is None:
                break
            node = child
            claim = node.claim or claim
        return claim


class Router:
    """The claims of all groups."""

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        """Enter groups; raises as :meth:`add` does."""
        self._tables: dict[str, _PathTable] = {}
        for group in groups:
            self.add(group)

    def add(self, group: Group) -> None:
        """Enter one more group; its regexes are tried after those entered before.

        Raises:
            RouteConflictError: Another group claims the same host and path.
        """
        for host, path in claims(group):
            other = self._tables.setdefault(host, _PathTable()).add(group, path)
            if other is not None:
                raise RouteConflictError(other, group, host, path)

    def route(self, host: str, path: str) -> Route:
        """Find the group of a host (lower case, no port) and a path (no query).

        A host that could not be parsed is given as an empty text: only groups of every
        host claim it.
        """
        plain, *readings = path_readings(path)
        route = self._find(host, plain)
        if not readings:
            return route
        others = {
            id(other): other
            for reading in readings
            if (other := self._find(host, reading).group) is not route.group
        }
        if not others:
            return route
        return Route(route.group, route.host_entry, route.path_entry, tuple(others.values()))

    def _find(self, host: str, path: str) -> Route:
        for host_entry in host_candidates(host):
            table = self._tables.get(host_entry)
            found = None if table is None else table.find(path)
            if found is not None:
                return Route(found[0], host_entry, found[1], ())
        return _NOWHERE


def claims(group: Group) -> Iterator[tuple[str, str | None]]:
    """Every pair of host entry and path entry that a group claims."""
    for host in (EVERY_HOST,) if group.hosts is None else group.hosts:
        for path in (None,) if group.paths is None else group.paths:
            yield host, path


def host_candidates(host: str) -> Iterator[str]:
    """The host entries that cover a host, most specific first."""
    host = host.removesuffix(".")
    if host:
        yield host
    if not host.startswith("["):
        dot = host.find(".")
        while dot >= 0:
            yield f"*{host[dot:]}"
            dot = host.find(".", dot + 1)
    yield EVERY_HOST


def check_host_entry(text: str) -> None:
    """Check one entry of ``hosts``.

    Raises:
        PatternError: It is no host in normal form, with or without ``*.`` before it.
    """
    if text == EVERY_HOST:
        raise PatternError("a lone * is no host", "leave hosts out to take every host")
    if not text.isascii():
        raise PatternError("the host is not ASCII", "write it in its xn-- form")
    if text != text.lower():
        raise PatternError("hosts are compared in lower case", f"write {text.lower()}")
    authority = parse_authority(text.removeprefix("*."))
    if authority is None:
        raise PatternError(
            f"{text!r} is no host", "write a host such as api.example.com or *.example.com"
        )
    wildcard = "*." if text.startswith("*.") else ""
    if authority.port is not None or authority.host.endswith("."):
        bare = authority.host.removesuffix(".")
        raise PatternError(
            "hosts are compared without port and trailing dot", f"write {wildcard}{bare}"
        )
    canonical = canonical_ip(authority.host)
    if canonical is not None and (wildcard or canonical != authority.host):
        raise PatternError("this is no IP address as clients spell it", f"write {canonical}")


def check_path_entry(text: str) -> None:
    """Check one entry of ``paths``.

    Raises:
        PatternError: It is no prefix or exact path in normal form.
        RegexError: It is a regex that does not compile.
    """
    if text.startswith("~"):
        compile_regex(text[1:])
        return
    sign = "=" if text.startswith("=") else ""
    path = text.removeprefix("=")
    if not path.startswith("/"):
        raise PatternError("a path starts with a slash", f"write {sign}/{path}")
    if "?" in path or "#" in path:
        bare = re.split(r"[?#]", path)[0]
        raise PatternError("paths are compared without query and fragment", f"write {sign}{bare}")
    if not re.fullmatch(r"[!-~]+", path) or re.search(r'[\\"<>^`{|}]', path):
        # An Envoy that normalises paths escapes these, so that such an entry would fit nothing.
        raise PatternError(
            'a path holds no blank, backslash, "<>^`{|} or character beyond ASCII',
            "write it percent-encoded, as Envoy passes it on",
        )
    normalised = normalise_path(path)
    if not sign and len(normalised) > 1:
        normalised = normalised.removesuffix("/")
    if normalised != path:
        raise PatternError(
            "the path is not in the form in which paths are compared", f"write {sign}{normalised}"
        )


def _segments(prefix: str) -> list[str]:
    return prefix[1:].split("/") if prefix != "/" else []


def _other(holder: Group, group: Group) -> Group | None:
    return None if holder is group else holder
